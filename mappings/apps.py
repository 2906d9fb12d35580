from __future__ import annotations

from django.apps import AppConfig


class MappingsConfig(AppConfig):
    name = "mappings"
    label = "mappings"

    def ready(self) -> None:
        from mappings import crosswalks  # noqa: F401  registers the governed change
