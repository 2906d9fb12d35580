from __future__ import annotations

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """Partners and their domains; public schema only."""

    name = "tenancy.partners"
    label = "partners"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from tenancy.partners.pooling import refuse_transaction_pooling

        connection_created.connect(refuse_transaction_pooling, dispatch_uid="no transaction pooling")
