"""`python -m demo.reset`: forgets everything the demo and the story made; what was downloaded stays."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from demo import record
from demo.stage import SET_UP, copy_name
from portal.localpg import LocalPostgres
from portal.pgfiles import LocalPostgresError

AP = ("ap.sqlite", "ap.sqlite-shm", "ap.sqlite-wal")
MADE = (*AP, "logs", "run", "keys", "audit-heads", "try", SET_UP, record.NAME)


def main() -> int:
    """Returns the exit status; what stands in the way is one sentence."""
    parser = argparse.ArgumentParser(prog="python -m demo.reset", description=__doc__)
    parser.add_argument("--var", type=Path, default=Path("var"), help="where everything is kept")
    var = parser.parse_args().var.absolute()
    running = record.read(var)
    if running is not None and running.alive:
        print(f"The demo is running (process {running.pid}). Stop it there with Ctrl-C first.", file=sys.stderr)
        return 1
    if running is not None:
        record.stop_leftovers(running)
    try:
        if (var / "story").exists():
            forget(var / "story", var)
            shutil.rmtree(var / "story")
        forget(var)
    except LocalPostgresError as fault:
        print(fault, file=sys.stderr)
        return 1
    kept = " The database that DATABASE_URL names is left as it is." if os.environ.get("DATABASE_URL") else ""
    print(f"Forgotten. make demo begins anew; the ERP need not be built again.{kept}")
    return 0


def forget(var: Path, erp_var: Path | None = None) -> None:
    """Removes the databases, keys and logs of an installation, and its copy of the ERP's data."""
    if not os.environ.get("DATABASE_URL"):
        LocalPostgres.under(var).forget()
    for path in (*(var / name for name in MADE), (erp_var or var) / "erp" / copy_name(var, erp_var)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    raise SystemExit(main())
