"""What is running, written down in `var/demo.json`: for the story, the next start, and to clean up after a crash."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

NAME = "demo.json"
OURS = ("sandbox", "gunicorn", "manage.py", "trytond")  # words of the commands that are started


@dataclass(frozen=True)
class Record:
    """One start. `processes`: name → id of a process that leads its own group; `database`: whether it was started."""

    pid: int
    web: int
    ap: int
    erp: int
    erp_home: str
    ready: bool = False
    database: bool = False
    processes: Mapping[str, int] = field(default_factory=dict)

    @property
    def alive(self) -> bool:
        """Whether the process that wrote it still runs."""
        return names_us(self.pid, "demo")

    def write(self, var: Path) -> None:
        draft = var / f"{NAME}.{os.getpid()}"
        draft.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        draft.rename(var / NAME)


def read(var: Path) -> Record | None:
    """The record under `var`; None where there is none, or none that can be read."""
    try:
        return Record(**json.loads((var / NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def forget(var: Path) -> None:
    (var / NAME).unlink(missing_ok=True)


def names_us(pid: int, *words: str) -> bool:
    """Whether the process lives and its command names one of these words: an id may have been given to another."""
    try:
        said = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False
    return any(word in said for word in words)


def stop_leftovers(record: Record) -> list[str]:
    """Ends what a start that was killed has left running; returns the names."""
    left = [
        name for name, pid in record.processes.items() if names_us(pid, "sandbox", "gunicorn", "manage.py", "trytond")
    ]
    for name in left:
        os.killpg(record.processes[name], signal.SIGTERM)
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and any(names_us(record.processes[name], *OURS) for name in left):
        time.sleep(0.1)
    for name in left:
        if names_us(record.processes[name], *OURS):
            os.killpg(record.processes[name], signal.SIGKILL)
    return left
