"""Makes the benchmarks' own connector known to every process of the installation under test."""

from __future__ import annotations

from django.apps import AppConfig


class BenchmarksConfig(AppConfig):
    """No models; one connector."""

    name = "benchmarks"

    def ready(self) -> None:
        from benchmarks import erp_role  # noqa: F401  registers itself
