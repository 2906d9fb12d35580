"""Signs of life between the processes of one watchdog: empty files whose times and names speak.

taken     a doorbell was handed to the workers        begun, ended   a worker started or finished one
busy-PID  that process is inside one                  acked          the result was seen by the cluster's monitor
sweeper   the sweeper went round                      stopping       finish what you are at
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

ENVIRONMENT = "WORK_SIGNS"


@cache
def directory() -> Path | None:
    """Where the watchdog looks, or None in a process that has none."""
    given = os.environ.get(ENVIRONMENT)
    return Path(given) if given else None


def show(sign: str) -> None:
    """Sets a sign's time to now."""
    if where := directory():
        (where / sign).touch()


def stopping() -> bool:
    """True once the watchdog has asked everybody to finish."""
    where = directory()
    return where is not None and (where / "stopping").exists()


def begin(**_: Any) -> None:
    """Receives `pre_execute`, in the worker."""
    show(f"busy-{os.getpid()}")
    show("begun")


def end(**_: Any) -> None:
    """Receives `post_execute_in_worker`."""
    if where := directory():
        (where / f"busy-{os.getpid()}").unlink(missing_ok=True)
    show("ended")


def acknowledge(**_: Any) -> None:
    """Receives `post_execute`, in the monitor."""
    show("acked")
