"""Each writes its process id to the file it is told, so that a test knows whom to kill and what ran how often."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tenancy.jobs.registry import handles
from tenancy.jobs.work import Done, JobContext, Outcome


@handles("probe.note")
def note(work: JobContext) -> Outcome:
    _write(work)
    return Done()


@handles("probe.nap")
def nap(work: JobContext) -> Outcome:
    """Sleeps half a minute the first time, not at all the second."""
    if _write(work) == 1:
        for _ in range(300):
            time.sleep(0.1)
            work.renew()
    return Done()


@handles("probe.poison")
def poison(work: JobContext) -> Outcome:
    _write(work)
    os.kill(os.getpid(), signal.SIGKILL)
    return Done()


def _write(work: JobContext) -> int:
    """The number of lines by now."""
    path = Path(work.args["file"])
    with path.open("a") as file:
        file.write(f"{os.getpid()}\n")
    return len(path.read_text().splitlines())
