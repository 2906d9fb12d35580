from __future__ import annotations

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """Partners and their domains; public schema only."""

    name = "tenancy.partners"
    label = "partners"
