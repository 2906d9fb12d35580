"""`python -m demo.story`: plays the day against the running demo, or against a stage of its own."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from demo import erp, record
from demo.erp.facts import load
from demo.erp.wire import ErpRefused
from demo.processes import StageFault, answers
from demo.reset import forget
from demo.stage import Ports, Stage
from portal.pgfiles import LocalPostgresError


def main() -> int:
    """Returns the exit status: 0 only where every step was as it should be and the agreement leaves nothing open."""
    options = _options()
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: sys.exit(1))
    try:
        with _stage(options.var.absolute(), options.own) as running:
            return _play(running, options.chapters)
    except (StageFault, erp.ErpUnavailable, LocalPostgresError) as fault:
        print(fault, file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped.")
    return 1


@contextmanager
def _stage(var: Path, own: Path | None) -> Iterator[tuple[Path, record.Record]]:
    """The running demo, else one started here for this play and forgotten afterwards."""
    found = record.read(var)
    if own is None and found is not None and found.ready and found.alive and _all_answer(found):
        print(f"Plays against the running demo at http://northgate.localhost:{found.web}/")
        yield var, found
        return
    place = own or var / "story"
    print("Starts systems of its own; they are forgotten afterwards.", flush=True)
    os.environ.pop("DATABASE_URL", None)  # somebody's server is not filled with a play
    forget(place, var)
    with Stage(place, Ports.free(), erp_var=var) as stage:
        stage.start_all()
        stage.seed()
        mine = record.read(place)
        assert mine is not None
        yield place, mine
    forget(place, var)
    shutil.rmtree(place)


def _all_answer(found: record.Record) -> bool:
    addresses = (f"http://127.0.0.1:{found.web}/", f"http://127.0.0.1:{found.ap}/", f"http://127.0.0.1:{found.erp}/")
    return all(map(answers, addresses))


def _play(where: tuple[Path, record.Record], chapters: str) -> int:
    var, running = where
    os.environ |= {"PORTAL_VAR": str(var), "PORTAL_ALLOW_LOOPBACK": "1", "PORTAL_LOG_LEVEL": "ERROR"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from demo.story.plot import play
    from demo.story.table import StoryFault

    facts = load(Path(running.erp_home))
    try:
        return play(facts, web=running.web, ap=running.ap, erp=running.erp, var=var, chapters=chapters)
    except (StoryFault, ErpRefused) as fault:
        print(f"\nNot as it should be: {fault}", file=sys.stderr)
        return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.story", description=__doc__)
    parser.add_argument("--var", type=Path, default=Path("var"), help="where the demo keeps everything")
    parser.add_argument("--own", type=Path, help="do not use a running demo: a stage of its own, kept here meanwhile")
    parser.add_argument("--chapters", default="", help="only these, for instance 1-5,10 (the agreement always follows)")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
