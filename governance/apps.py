from __future__ import annotations

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """Change requests, decisions, ownership and the audit trail."""

    name = "governance"
    label = "governance"

    def ready(self) -> None:
        from governance import jobs, ownership_changes  # noqa: F401  register what they handle
