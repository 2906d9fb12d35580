"""`python -m demo.erp build | run | reset`: the ERP from a shell."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from demo.erp.facts import ErpFacts, ErpUnavailable
from demo.erp.install import ensure
from demo.erp.server import reset, start


def main() -> int:
    """Returns the exit status; faults are one sentence on stderr."""
    options = _options()
    try:
        facts = ensure(options.var, lambda line: print(f"  {line} …", flush=True))
        {"build": _build, "run": _run, "reset": _reset}[options.verb](facts, options)
    except ErpUnavailable as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.erp", description=__doc__)
    parser.add_argument("verb", choices=("build", "run", "reset"))
    parser.add_argument("--port", type=int, default=8020)
    parser.add_argument("--var", type=Path, default=Path("var"))
    parser.add_argument("--name", default="live", help="which copy of the database")
    return parser.parse_args()


def _build(facts: ErpFacts, options: argparse.Namespace) -> None:
    print(f"The ERP is built; its facts are in {facts.home / 'facts.json'}.")


def _run(facts: ErpFacts, options: argparse.Namespace) -> None:
    server = start(facts, options.port, name=options.name)
    print(f"The ERP answers at {server.base_url} (database {facts.database}); Ctrl-C stops it.", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    try:
        server.process.wait()
    except KeyboardInterrupt:
        server.stop()


def _reset(facts: ErpFacts, options: argparse.Namespace) -> None:
    reset(facts, options.name)
    print("The ERP's starting data is back.")


if __name__ == "__main__":
    raise SystemExit(main())
