"""A worker is killed in the middle of a run, and nothing shows for it in the other system."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from demo.story.day import Day
from demo.story.table import StoryFault, same
from demo.story.vendors import counted
from sandbox.launch import Control
from sync.runs.models import Receipt, Run
from tenancy.jobs.selectors import run_directory

VENDORS = 25
SLOW_MS = 120.0  # as slow as a service across an ocean


def a_worker_is_killed(day: Day) -> None:
    """Each vendor is in the AP service exactly once, although its worker died between sending and noting it."""
    with day.table.did("ERP") as row:
        parties = [
            day.clerk["us"].create_vendor(day.names.company(), tax=("us_ein", day.names.ein())) for _ in range(VENDORS)
        ]
        row.words = f"the clerk enters {VENDORS} vendors in one go"
    with _slow(day):
        with day.table.did("portal") as row:
            run = day.portal.ask("vendors")
            killed = _kill_in_the_middle(run)
            row.words = f"process {killed} is killed with SIGKILL in the middle of the run"
        with day.table.did("portal") as row:
            ended = day.portal.ended(run, 180)
            row.words = f"another worker goes on where it stopped; the run balances: {counted(ended.counts)}"
    with day.table.did("AP") as row:
        codes = [one["code"] for one in day.clerk["us"].read("party.party", [["id", "in", parties]], "code")]
        found = [day.ap.one("suppliers", supplierNumber=code) for code in codes]  # two of a kind stop the story
        same("vendors that arrived", VENDORS, len([one for one in found if one]))
        row.words = f"holds each of the {VENDORS} exactly once"


def _kill_in_the_middle(run: Run) -> int:
    """Waits until some records of the run are written and others are not, then kills the worker that is at it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        written = Receipt.objects.filter(intent__entry__run=run).count()
        busy = [int(path.name.removeprefix("busy-")) for path in run_directory().glob("work-*/busy-*")]
        if written and busy:
            for pid in busy:
                os.kill(pid, signal.SIGKILL)
            run.refresh_from_db()
            if run.state == "working" and written < VENDORS:
                return busy[0]
            break
        time.sleep(0.01)
    raise StoryFault("the run ended before its worker could be killed in the middle")


@contextmanager
def _slow(day: Day) -> Iterator[None]:
    """The AP service takes its time, so that there is a middle to be killed in."""
    control = Control(day.ap.base_url)
    control.settings(delayMs=SLOW_MS)
    try:
        yield
    finally:
        control.settings(delayMs=0.0)
