"""Keeps the workers alive: starts the cluster and the sweeper, restarts what dies, kills and restarts what hangs.

A django-q2 cluster hangs for good when a worker dies while it holds the lock of the queue; it logs "reincarnated" and
never works again. Seen from outside, a doorbell was handed to the workers and nobody began on it, while none is busy.
Likewise when the monitor dies: tasks end and nobody takes note. Then the whole process group is replaced.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from tenancy.jobs import beat
from tenancy.jobs.selectors import run_directory

TICK = 0.5  # seconds
LIVED = 10  # seconds; what lived so long is restarted at once, what dies younger after a growing pause
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0  # seconds
Say = Callable[[str], None]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@dataclass
class Signs:
    """What the children show, read from their files."""

    directory: Path
    waiting_since: dict[str, float] = field(default_factory=dict)

    def seen(self, *names: str) -> float:
        """The latest time of these signs, 0 if none was ever shown."""
        return max((self._time(name) for name in names), default=0.0)

    def _time(self, name: str) -> float:
        try:
            return (self.directory / name).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def somebody_is_busy(self) -> bool:
        """True if a living worker is inside a task."""
        pids = [int(path.name.removeprefix("busy-")) for path in self.directory.glob("busy-*")]
        for pid in pids:
            if not _exists(pid):
                (self.directory / f"busy-{pid}").unlink(missing_ok=True)
        return any(map(_exists, pids))

    def unanswered(self, cause: str, *effects: str) -> float:
        """Seconds for which `cause` has been shown without any of `effects` after it."""
        if self.seen(cause) <= self.seen(*effects):
            self.waiting_since.pop(cause, None)
            return 0.0
        return time.time() - self.waiting_since.setdefault(cause, self.seen(cause))

    def forget(self) -> None:
        """A new cluster starts with a clean slate; the sweeper's sign and the request to stop stay."""
        self.waiting_since.clear()
        for path in self.directory.iterdir():
            if path.name not in ("sweeper", "stopping"):
                path.unlink(missing_ok=True)


class Child:
    """One process group under supervision, restarted later and later while it keeps dying young."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], say: Say) -> None:
        self.name, self._command, self._environment, self._say = name, command, environment, say
        self._process: subprocess.Popen[bytes] | None = None
        self._born = self._not_before = 0.0
        self._pause = 0.0

    @property
    def age(self) -> float:
        """Seconds since the start, 0 while it is down."""
        return time.time() - self._born if self._process else 0.0

    def keep_up(self) -> bool:
        """Starts it if it is down and its pause is over; True if it did."""
        if self._process and self._process.poll() is not None:
            self._note_death(self._process.returncode)
        if self._process or time.time() < self._not_before:
            return False
        self._process = subprocess.Popen(
            self._command, cwd=settings.BASE_DIR, env=self._environment, start_new_session=True
        )
        self._born = time.time()
        self._say(f"{self.name} started (process {self._process.pid})")
        return True

    def _note_death(self, code: int) -> None:
        died_young = self.age < LIVED
        self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE) if died_young else 0.0
        self._not_before = time.time() + self._pause
        self.kill()  # whatever the leader left behind
        self._say(f"{self.name} ended with {code}; started again in {self._pause:.1f} s")

    def ask_to_stop(self) -> None:
        """SIGTERM to its leader only, which tells the rest."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def stopped_within(self, seconds: float) -> bool:
        """Waits for the leader."""
        try:
            if self._process:
                self._process.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):  # the whole group has ended by itself
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None


class Watchdog:
    """One per machine is meant; two do no harm."""

    def __init__(self, *, workers: int, stall: float, say: Say) -> None:
        """`stall`: seconds after which a cluster that shows no sign of life is replaced."""
        self._stall, self._say, self._stop = stall, say, False
        directory = run_directory() / f"work-{os.getpid()}"
        self._signs = Signs(directory)
        environment = {**os.environ, beat.ENVIRONMENT: str(directory)}
        me, python = str(os.getpid()), sys.executable
        cluster = [python, "-m", "tenancy.jobs.cluster", me, str(workers)]
        self._cluster = Child("workers", cluster, environment, say)
        self._sweeper = Child("sweeper", [python, "-m", "django", "sweeper", "--watchdog", me], environment, say)
        self._children = (self._cluster, self._sweeper)

    def run(self, grace: float = 10.0) -> None:
        """Until SIGTERM or Ctrl-C; then everybody has `grace` seconds to save where they are."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._tidy()
        self._signs.directory.mkdir(parents=True)
        try:
            while not self._stop:
                self._look()
                time.sleep(TICK)
        finally:
            self._stop_all(grace)

    def _on_signal(self, number: int, _frame: object) -> None:
        self._say(f"{signal.Signals(number).name}: stopping")
        self._stop = True

    def _look(self) -> None:
        if self._cluster.keep_up():
            self._signs.forget()
        self._sweeper.keep_up()
        if why := self._hung():
            self._say(f"workers hang ({why}): killing their process group")
            self._cluster.kill()
        if self._sweeper.age > self._stall and time.time() - self._signs.seen("sweeper") > self._stall:
            self._say("sweeper hangs: killing it")
            self._sweeper.kill()

    def _hung(self) -> str:
        """Why the cluster must be taken for hung, or nothing."""
        if self._cluster.age < self._stall:
            return ""
        if self._signs.unanswered("taken", "begun", "ended") > self._stall and not self._signs.somebody_is_busy():
            return "a doorbell was taken and nobody began on it"
        if self._signs.unanswered("ended", "acked") > self._stall:
            return "finished work is not noted"
        return ""

    def _stop_all(self, grace: float) -> None:
        beat_file = self._signs.directory / "stopping"
        beat_file.touch()
        for child in self._children:
            child.ask_to_stop()
        until = time.time() + grace
        for child in self._children:
            if not child.stopped_within(until - time.time()):
                self._say(f"{child.name} did not stop in {grace:.0f} s: killed; its jobs go on after their lease")
            child.kill()
        shutil.rmtree(self._signs.directory, ignore_errors=True)
        self._say("stopped")

    def _tidy(self) -> None:
        """Removes what watchdogs that were killed have left, and what a namesake of ours may have."""
        for directory in run_directory().glob("work-*"):
            pid = int(directory.name.removeprefix("work-"))
            if pid == os.getpid() or not _exists(pid):
                shutil.rmtree(directory, ignore_errors=True)
