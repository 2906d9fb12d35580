"""Figures of a proof with what produced them: seed, machine, commit. One file per proof, one line at the end."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proofs.ground import ROOT

KEPT_IN = ROOT / "var" / "proofs"


@dataclass(frozen=True)
class Options:
    """How thorough: `full` takes every point, `sample` only so many trials (for the test suite)."""

    seed: int
    full: bool = False
    sample: int = 0


@dataclass
class Report:
    """Grows while the proof runs. `failures` are sentences; any of them makes the proof fail."""

    name: str
    options: Options
    figures: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    def fail(self, sentence: str) -> None:
        """Notes what is wrong; shown at once."""
        self.failures.append(sentence)
        print(f"  FAILED {sentence}", flush=True)

    def say(self, line: str) -> None:
        """A line of progress."""
        print(f"  {line}", flush=True)

    def close(self, summary: str) -> bool:
        """Writes the file and prints the one line; True where the proof holds."""
        holds = not self.failures
        KEPT_IN.mkdir(parents=True, exist_ok=True)
        kept = {
            "proof": self.name, "holds": holds, "summary": summary, "seed": self.options.seed,
            "full": self.options.full, "sample": self.options.sample, "machine": machine(), "commit": commit(),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self._began, 1), "figures": self.figures,
            "failures": self.failures,
        }  # fmt: skip
        (KEPT_IN / f"{self.name}.json").write_text(json.dumps(kept, indent=2) + "\n")
        print(f"{'holds ' if holds else 'FAILS '} {self.name}: {summary} ({kept['seconds']} s)", flush=True)
        return holds


def machine() -> dict[str, Any]:
    """Where it ran."""
    model = ""
    if (info := Path("/proc/cpuinfo")).exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        model = names[0] if names else ""
    return {"cores": os.cpu_count(), "cpu": model, "system": platform.platform(), "python": platform.python_version()}


def commit() -> str:
    """The commit, with a plus where files differ from it."""
    try:
        head = _git("rev-parse", "--short", "HEAD")
        return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
