"""Brings the database to this version of the portal."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenancy.partners.upgrade import upgrade


class Command(BaseCommand):
    """`manage.py upgrade`."""

    help = "Migrates the shared tables, the prepared schema and those partners that are behind. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--processes", type=int, default=2, help="partners migrated at the same time (2)")

    def handle(self, *args: Any, **options: Any) -> None:
        host = settings.OPERATOR_HOST
        done = upgrade(operator_host=host, processes=options["processes"], say=self.stdout.write)
        if done.failed:
            raise CommandError(
                f"{len(done.failed)} of {done.checked} partners could not be migrated; they are unchanged. "
                "Mend the cause above and run upgrade again."
            )
        self.stdout.write(f"done: {len(done.migrated)} of {done.checked} partners migrated")
