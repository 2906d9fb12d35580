from __future__ import annotations

from django.apps import AppConfig


class BrandConfig(AppConfig):
    """How a partner looks."""

    name = "tenancy.brand"
    label = "brand"
