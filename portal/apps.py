from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Pages, verbs and templates; no models."""

    name = "portal"
