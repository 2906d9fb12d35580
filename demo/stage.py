"""Starts and stops everything the demo and the story need: database, ERP, AP service, web and workers."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo import erp, record
from demo.erp.ports import free_port, is_free
from demo.lines import line
from demo.processes import ROOT, Processes, StageFault
from portal.localpg import LocalPostgres

SET_UP = "set-up-with"  # the ERP build and the ports that the installation under var was set up with


@dataclass(frozen=True)
class Ports:
    """Where everything listens on the loopback address."""

    web: int = 8000
    ap: int = 8010
    erp: int = 8020

    @classmethod
    def free(cls) -> Ports:
        """Three ports nobody uses now."""
        return cls(*(free_port() for _ in range(3)))


@dataclass
class Stage:
    """All processes of one installation under `var`. Use as a context manager: what it started, it stops.

    The ERP is built under `erp_var`/erp (where not given: `var`/erp) and runs on a copy of the built database.
    """

    var: Path
    ports: Ports
    say: Callable[[str], None] = lambda text: print(text, flush=True)
    erp_var: Path | None = None
    processes: Processes = field(init=False)
    _erp: erp.ErpServer | None = None
    _database: bool = False  # whether we started it
    _ready: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.processes = Processes(self.var / "logs", self._note)

    def __enter__(self) -> Stage:
        self.var.mkdir(parents=True, exist_ok=True)
        if (before := record.read(self.var)) is not None:
            if before.alive and before.pid != os.getpid():
                raise StageFault(
                    f"The demo runs already (process {before.pid}) at http://northgate.localhost:{before.web}/; "
                    "stop it there with Ctrl-C, or go on using it."
                )
            if left := record.stop_leftovers(before):
                self.say(f"  stopped what an earlier start had left running: {', '.join(left)}")
            self._database = before.database
        return self

    def __exit__(self, *_: object) -> None:
        self.processes.stop_all()
        if self._erp is not None:
            self._erp.stop()
        if self._database:
            LocalPostgres.under(self.var).stop()
        record.forget(self.var)

    @property
    def home(self) -> Path:
        """Where the ERP is built (…/erp)."""
        return ((self.erp_var or self.var) / "erp").resolve()

    @property
    def environment(self) -> dict[str, str]:
        """What every process of this stage is told."""
        return os.environ | {
            "PORTAL_VAR": str(self.var),
            "PORTAL_ALLOW_LOOPBACK": "1",
            "PYTHONUNBUFFERED": "1",
            "DEMO_WEB_PORT": str(self.ports.web),
        }

    # ------------------------------------------------------------------------------------------------- starting
    def check_ports(self) -> None:
        """One sentence for a taken port, before anything is started."""
        p = self.ports
        for what, port in (("the portal", p.web), ("the AP service", p.ap), ("the ERP", p.erp)):
            if not is_free(port):
                raise StageFault(
                    f"Port {port} for {what} is taken. Stop what uses it, or choose others: "
                    "make demo WEB=8001 AP=8011 ERP=8021"
                )

    def start_all(self) -> None:
        """Database with web and workers, ERP, and AP service side by side; the ERP is built on first use."""
        with ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(step) for step in (self._start_portal, self._start_ap, self._start_erp)]
            for job in jobs:
                job.result()

    def _start_portal(self) -> None:
        with self.step("database: started and brought up to date"):
            if not os.environ.get("DATABASE_URL"):
                server = LocalPostgres.under(self.var)
                self._database = self._database or not server.is_ready()
                self._note()
                server.start()
            self.manage("upgrade")
        bind = f"127.0.0.1:{self.ports.web}"
        web = ["-m", "gunicorn", "portal.wsgi", "-k", "gthread", "--threads", "8", "-w", "1", "-b", bind]
        with self.step("portal and workers: started"):
            self.processes.start("web", [sys.executable, *web, "--log-level", "warning"], self.environment)
            self.processes.start("work", [sys.executable, "manage.py", "work"], self.environment)
            self.processes.wait_for(f"http://127.0.0.1:{self.ports.web}/", "web")

    def _start_ap(self) -> None:
        with self.step("AP service (stand-in): started"):
            where = ["--port", str(self.ports.ap), "--data", str(self.var / "ap.sqlite")]
            self.processes.start("ap", [sys.executable, "-m", "sandbox", *where], self.environment)
            self.processes.wait_for(f"http://127.0.0.1:{self.ports.ap}/api/openapi.json", "ap")

    def _start_erp(self) -> None:
        built: list[str] = []

        def progress(text: str) -> None:
            built.append(text)
            self.say(f"    ERP: {text} …")

        began = time.monotonic()
        facts = erp.ensure(self.home.parent, progress)
        self._check_set_up(facts)
        self._erp = erp.start(facts, self.ports.erp, name=copy_name(self.var, self.erp_var))
        self.processes.running["erp"] = self._erp.process
        self._note()
        self.say(line(f"ERP (Tryton): {'built and started' if built else 'started'}", time.monotonic() - began))

    def _check_set_up(self, facts: erp.ErpFacts) -> None:
        """An installation knows its systems by key and address; others in their place would only raise faults."""
        mark = self.var / SET_UP
        if not mark.exists() or mark.read_text() == self._set_up(facts):
            return
        build, web, ap, its = mark.read_text().split()
        if build != self._set_up(facts).split()[0]:
            raise StageFault("The ERP was built anew since the demo was set up. Run make demo-reset, then make demo.")
        raise StageFault(
            f"The demo was set up with other ports. Start it with them (make demo WEB={web} AP={ap} ERP={its}), "
            "or begin anew with make demo-reset."
        )

    def _set_up(self, facts: erp.ErpFacts) -> str:
        build = hashlib.sha256(facts.keys["portal"].encode()).hexdigest()[:16]
        return f"{build} {self.ports.web} {self.ports.ap} {self.ports.erp}"

    def seed(self) -> None:
        """Sets up what is not set up yet, each step a line."""
        assert self._erp is not None
        (self.var / SET_UP).write_text(self._set_up(self._erp.facts))
        command = [sys.executable, "-m", "demo.seed", "--ap", str(self.ports.ap), "--erp", str(self.ports.erp)]
        environment = {"PORTAL_LOG_LEVEL": "WARNING"} | self.environment
        if subprocess.run([*command, "--erp-home", str(self.home)], cwd=ROOT, env=environment).returncode:
            raise StageFault(f"The data could not be set up; the logs are in {self.processes.logs}.")
        self._ready = True
        self._note()

    def manage(self, *arguments: str) -> str:
        """Runs one of the operator's verbs and returns what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise StageFault(f"manage.py {arguments[0]} failed: {said[-1] if said else 'it said nothing'}")
        return done.stdout

    def _note(self) -> None:
        with self._lock:
            groups = {name: process.pid for name, process in self.processes.running.items()}
            record.Record(
                os.getpid(), self.ports.web, self.ports.ap, self.ports.erp, str(self.home), ready=self._ready,
                database=self._database, processes=groups,
            ).write(self.var)  # fmt: skip

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A progress line with its seconds."""
        began = time.monotonic()
        yield
        self.say(line(what, time.monotonic() - began))


def copy_name(var: Path, erp_var: Path | None) -> str:
    """Which copy of the ERP's database an installation uses: one of its own where it was built for another."""
    return "live" if erp_var in (None, var) else f"for-{var.name}"
