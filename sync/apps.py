"""How it runs: pipelines, links, runs, the agreement and the desk, in checked order from the bottom up."""

from __future__ import annotations

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "sync"
    label = "sync"

    def ready(self) -> None:
        from sync.desk import kinds  # noqa: F401  registers the governed changes
        from sync.runs import jobs  # noqa: F401  registers the job handlers
