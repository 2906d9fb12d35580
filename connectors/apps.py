"""With whom: connectors to other systems, and the connections that partners make with them."""

from __future__ import annotations

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "connectors"
    label = "connectors"

    def ready(self) -> None:
        from connectors import (
            catalog,
            kinds,  # noqa: F401  registers the governed change
        )

        catalog.load()
