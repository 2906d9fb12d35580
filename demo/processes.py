"""Processes in groups of their own, so that all a process starts ends with it; their output goes to files."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class StageFault(Exception):
    """Something that cannot start; the text is one sentence that says what to do."""


@dataclass
class Processes:
    """What one installation runs. `changed` is told whenever something was started."""

    logs: Path
    changed: Callable[[], None]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        self.logs.mkdir(exist_ok=True)
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.changed()

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def stop_all(self) -> None:
        """Asks all nicely, then insists; the last started is asked first."""
        for sign, patience in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0)):
            for process in reversed(self.running.values()):
                if process.poll() is None:
                    os.killpg(process.pid, sign)
            _wait(list(self.running.values()), patience)
        self.running.clear()

    def ended(self) -> str:
        """The name of one that should run and does not; "" where all is well."""
        return next((name for name, process in self.running.items() if process.poll() is not None), "")

    def wait_for(self, url: str, name: str, seconds: float = 60.0) -> None:
        """Until the address answers anything at all."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.running[name].poll() is not None:
                raise StageFault(f"{name} stopped while starting; its log is {self.log(name)}.")
            if answers(url):
                return
            time.sleep(0.1)
        raise StageFault(f"{url} did not answer within {seconds:.0f} seconds; see {self.log(name)}.")


def _wait(processes: list[subprocess.Popen[bytes]], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(process.poll() is None for process in processes):
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Whether anything answers there; an error is an answer."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
