"""`python -m demo`: a real ERP and an AP service in step, on this machine, in a few minutes."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from demo import erp
from demo.processes import StageFault
from demo.stage import Ports, Stage
from portal.pgfiles import LocalPostgresError


def main() -> int:
    """Returns the exit status; what goes wrong is one sentence."""
    options = _options()
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: sys.exit(0))
    try:
        ports = Ports(options.web, options.ap, options.erp)
        with Stage(options.var.absolute(), ports, erp_var=options.erp_var.absolute()) as stage:
            _run(stage, options.once)
    except (StageFault, erp.ErpUnavailable, LocalPostgresError) as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. `make demo` goes on where this ended; `make demo-reset` forgets it.")
    return 0


def _run(stage: Stage, once: bool) -> None:
    began = time.monotonic()
    stage.check_ports()
    print("Starting …", flush=True)
    stage.start_all()
    stage.seed()
    print(f"\nReady after {time.monotonic() - began:.0f} seconds. Ctrl-C stops everything.\n", flush=True)
    if not once:
        _watch(stage)


def _watch(stage: Stage) -> None:
    """Stays until Ctrl-C, or until something that should run has ended."""
    while not (name := stage.processes.ended()):
        time.sleep(1)
    raise StageFault(f"{name} has ended by itself; its log is {stage.processes.log(name)}.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--web", type=int, default=int(os.environ.get("WEB", "8000")), help="port of the portal")
    parser.add_argument("--ap", type=int, default=int(os.environ.get("AP", "8010")), help="port of the AP service")
    parser.add_argument("--erp", type=int, default=int(os.environ.get("ERP", "8020")), help="port of the ERP")
    parser.add_argument("--var", type=Path, default=Path("var"), help="where everything is kept")
    parser.add_argument("--erp-var", type=Path, help="where the ERP is built, if not there")
    parser.add_argument("--once", action="store_true", help="set everything up, then stop again")
    options = parser.parse_args()
    options.erp_var = options.erp_var or options.var
    return options


if __name__ == "__main__":
    raise SystemExit(main())
