"""`python -m benchmarks [name …] [--short]`: measures, prints one table, keeps it in var/proofs/bench.json."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import house
from benchmarks.figures import Figure, table
from benchmarks.suppliers import SEED

BENCHMARKS = {  # name → whether it needs an installation
    "mapping": False,
    "landing": True,
    "resync": True,
    "writing": True,
    "jobs": True,
    "memory": True,
    "erp": False,
}


def main() -> int:
    """0 where every goal is met."""
    options = _options()
    names = options.names or list(BENCHMARKS)
    figures: dict[str, list[Figure]] = {}
    with house.own_house() if any(BENCHMARKS[name] for name in names) else nullcontext():
        for name in names:
            figures[name] = _measured(name, short=options.short)
    everything = [figure for found in figures.values() for figure in found]
    print(f"\n{table(everything)}\n")
    _keep(options.out, figures, short=options.short)
    missed = [figure.name for figure in everything if figure.met is False]
    print(f"bench: {sum(figure.met is True for figure in everything)} goals met, {len(missed)} missed")
    return 1 if missed else 0


def _measured(name: str, *, short: bool) -> list[Figure]:
    began = time.monotonic()
    print(f"{name} …", end=" ", flush=True)
    found: list[Figure] = importlib.import_module(f"benchmarks.{name}").run(short)
    print(f"{time.monotonic() - began:.0f} s", flush=True)
    return found


def _keep(path: Path, figures: dict[str, list[Figure]], *, short: bool) -> None:
    """Figures measured in another run of the same commit stay, so that one can be measured again by itself."""
    kept = _facts(short) | {"figures": {}}
    if path.exists() and (before := json.loads(path.read_text()))["commit"] == kept["commit"]:
        kept["figures"] = before["figures"] if before["short"] == short else {}
    kept["figures"] |= {name: [figure.plain() for figure in found] for name, found in figures.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False))


def _facts(short: bool) -> dict[str, Any]:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=house.ROOT, capture_output=True, text=True, check=False)
    return {
        "proof": "bench",
        "seed": SEED,
        "short": short,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "machine": f"{os.cpu_count()} × {platform.machine()}, {platform.system()}, Python {platform.python_version()}",
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--short", action="store_true", help="a few records, to see that everything works")
    parser.add_argument("--out", type=Path, default=house.ROOT / "var" / "proofs" / "bench.json")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {unknown[0]}; there are: {', '.join(BENCHMARKS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
