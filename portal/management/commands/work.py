from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from tenancy.jobs.watchdog import Watchdog


class Command(BaseCommand):
    help = "Runs the background workers and the sweeper under a watchdog until Ctrl-C; one line per event."
    requires_system_checks: list[str] = []  # they would load every page

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--workers", type=int, default=settings.Q_CLUSTER["workers"], help="worker processes (now %(default)s)"
        )
        parser.add_argument(
            "--stall", type=float, default=20, help="seconds without a sign of life until they are replaced"
        )

    def handle(self, *args: Any, workers: int, stall: float, **options: Any) -> None:
        Watchdog(workers=workers, stall=stall, say=self._say).run()

    def _say(self, event: str) -> None:
        self.stdout.write(f"{timezone.now():%Y-%m-%d %H:%M:%S} work: {event}")
        self.stdout.flush()
