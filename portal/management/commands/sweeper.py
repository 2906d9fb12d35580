from __future__ import annotations

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tenancy.jobs import leash, sweeper


class Command(BaseCommand):
    help = "Finds background work that is due and rings for a worker, until stopped. `work` starts it by itself."
    requires_system_checks: list[str] = []  # they would load every page

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watchdog", type=int, help="process id of the parent; this process dies with it")

    def handle(self, *args: Any, watchdog: int | None, **options: Any) -> None:
        if watchdog:
            leash.follow(watchdog)
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sweeper.sweep(stop)
