"""How it runs: pipelines, links, runs, the agreement and the desk, in checked order from the bottom up."""

from __future__ import annotations

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "sync"
    label = "sync"

    def ready(self) -> None:
        from connectors.services import register_live_use
        from sync.desk import change, conflicts, kinds  # noqa: F401  register the governed changes
        from sync.pipelines.selectors import uses_live
        from sync.runs import jobs  # noqa: F401  registers the job handlers

        register_live_use(uses_live)
