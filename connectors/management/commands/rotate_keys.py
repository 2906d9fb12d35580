"""Key rotation for every partner: see "key rotation" in the operations guide."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from connectors import services
from tenancy.accounts.actors import SYSTEM
from tenancy.context import public_context, tenant_context
from tenancy.partners.models import Partner


class Command(BaseCommand):
    """`manage.py rotate_keys [--new-data-keys]`."""

    help = (
        "Puts every partner's data key under the first key of PORTAL_MASTER_KEYS, after which older master keys "
        "may be removed there. With --new-data-keys every stored secret is sealed anew as well: "
        "do that when a backup and a master key may both have leaked."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--new-data-keys", action="store_true", help="seal every stored secret anew")

    def handle(self, *, new_data_keys: bool, **_: Any) -> None:
        with public_context():
            schemas = list(Partner.objects.exclude(schema_name="public").values_list("schema_name", flat=True))
        for schema in schemas:
            with tenant_context(schema):
                sealed = services.renew_data_key(actor=SYSTEM) if new_data_keys else 0
                keys = services.rotate_master_key(actor=SYSTEM)
            self.stdout.write(f"{schema}: {keys} data keys under the first master key, {sealed} secrets sealed anew")
