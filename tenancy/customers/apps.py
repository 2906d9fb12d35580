from __future__ import annotations

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Customers and their legal entities."""

    name = "tenancy.customers"
    label = "customers"
