"""`python -m proofs [name …] [--full] [--seed N] [--sample N]`: runs the proofs, each in a process of its own."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib import import_module

from proofs.ground import ROOT
from proofs.report import Options

NAMES = ("crash",)


def main() -> int:
    """0 where everything that was asked for holds."""
    asked = _asked()
    names = asked.names or NAMES
    if len(names) == 1:
        return _one(names[0], Options(asked.seed, asked.full, asked.sample))
    return max(subprocess.run(_command(name, asked), cwd=ROOT, check=False).returncode for name in names)


def _one(name: str, options: Options) -> int:
    print(f"{name}: seed {options.seed}{', every point' if options.full else ''}", flush=True)
    return 0 if import_module(f"proofs.{name}").prove(options) else 1


def _command(name: str, asked: argparse.Namespace) -> list[str]:
    more = ["--full"] if asked.full else []
    return [sys.executable, "-m", "proofs", name, "--seed", str(asked.seed), "--sample", str(asked.sample), *more]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m proofs", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="name", help=", ".join(NAMES))
    parser.add_argument("--full", action="store_true", default=os.environ.get("FULL") == "1", help="every point")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "1")))
    parser.add_argument("--sample", type=int, default=0, help="only so many trials, as the test suite does")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
