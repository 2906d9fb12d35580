from __future__ import annotations

from django.apps import AppConfig


class ProbeConfig(AppConfig):
    """Kinds of jobs that real worker processes do in tests."""

    name = "tests.tenancy.jobs_probe"
    label = "jobs_probe"

    def ready(self) -> None:
        from tests.tenancy.jobs_probe import handlers  # noqa: F401
