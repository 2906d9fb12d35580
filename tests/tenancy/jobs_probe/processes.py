"""Real workers under the real `manage.py work`, and a look at their process tree."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings


def wait_until(true: Callable[[], object], within: float, what: str) -> float:
    """Seconds it took; fails the test when it did not happen."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within, f"not within {within} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


def pids_in(file: Path) -> list[int]:
    """What the probes wrote."""
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def _stat(pid: int) -> tuple[str, int]:
    """(state, parent), ("", 0) for a process that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "", 0
    return fields[0], int(fields[1])


def alive(pid: int) -> bool:
    return _stat(pid)[0] not in ("", "Z")


def descendants(pid: int) -> set[int]:
    """All processes below one."""
    parents = {int(path.name): _stat(int(path.name))[1] for path in Path("/proc").glob("[0-9]*")}
    found, size = {pid}, 0
    while len(found) > size:
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found - {pid}


class Work:
    """`manage.py work` as a process. `said` is what it printed so far."""

    def __init__(self, environment: dict[str, str], directory: Path, *, workers: int = 1) -> None:
        self._log = directory / "work.log"
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "work", "--workers", str(workers), "--stall", "3"],
            cwd=settings.BASE_DIR,
            env=environment
            | {
                "DJANGO_SETTINGS_MODULE": "tests.tenancy.jobs_probe.settings",
                "PORTAL_VAR": str(directory),
                "PORTAL_SECRET_KEY": settings.SECRET_KEY,
            },
            stdout=self._log.open("a"),
            stderr=subprocess.STDOUT,
        )

    @property
    def said(self) -> str:
        return self._log.read_text()

    def stop(self, number: int = signal.SIGTERM, within: float = 15) -> int:
        """The exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        return self.process.wait(within)
