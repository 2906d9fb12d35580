from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Units of background work."""

    name = "tenancy.jobs"
    label = "jobs"
