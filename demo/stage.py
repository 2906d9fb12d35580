"""Starts and stops everything the demo and the story need: database, ERP, AP service, web and workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo import erp

ROOT = Path(__file__).resolve().parent.parent


class StageFault(Exception):
    """Something that cannot start; the text is one sentence that says what to do."""


@dataclass(frozen=True)
class Ports:
    """Where everything listens on the loopback address."""

    web: int = 8000
    ap: int = 8010
    erp: int = 8020

    @classmethod
    def free(cls) -> Ports:
        """Three ports nobody uses now."""
        return cls(*(_a_free_port() for _ in range(3)))


@dataclass
class Stage:
    """All processes of one installation under `var`. Use as a context manager: what it started, it stops."""

    var: Path
    ports: Ports
    say: Callable[[str], None] = lambda line: print(line, flush=True)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    erp_server: erp.ErpServer | None = None

    def __enter__(self) -> Stage:
        self.var.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self.processes)):
            self.stop(name)
        if self.erp_server is not None:
            self.erp_server.stop()
        if not os.environ.get("DATABASE_URL"):
            subprocess.run(
                [sys.executable, "-m", "portal.localpg", "stop", str(self.var)],
                cwd=ROOT,
                env=self.environment,
                check=False,
            )

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
        for what, port in (
            ("the portal", self.ports.web),
            ("the AP service", self.ports.ap),
            ("the ERP", self.ports.erp),
        ):
            if not _is_free(port):
                raise StageFault(
                    f"Port {port} for {what} is taken. Stop what uses it, or choose others: "
                    "make demo WEB=8001 AP=8011 ERP=8021"
                )

    def start_systems(self) -> None:
        """Database, ERP and AP service side by side; the ERP is built on first use."""
        with ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(step) for step in (self._start_database, self._start_ap, self._start_erp)]
            for job in jobs:
                job.result()

    def _start_database(self) -> None:
        with self.step("database: started and brought up to date"):
            self.manage("upgrade")

    def _start_ap(self) -> None:
        with self.step("AP service (stand-in): started"):
            data = self.var / "ap.sqlite"
            self.start("ap", [sys.executable, "-m", "sandbox", "--port", str(self.ports.ap), "--data", str(data)])
            self.wait_for(f"http://127.0.0.1:{self.ports.ap}/api/openapi.json", "ap")

    def _start_erp(self) -> None:
        with self.step("ERP (Tryton): built and started"):
            facts = erp.ensure(self.var, lambda line: self.say(f"    ERP: {line}"))
            self.erp_server = erp.start(facts, self.ports.erp)

    def start_portal(self) -> None:
        """Web and workers."""
        bind = f"127.0.0.1:{self.ports.web}"
        web = [
            "-m",
            "gunicorn",
            "portal.wsgi",
            "-k",
            "gthread",
            "--threads",
            "8",
            "-w",
            "1",
            "-b",
            bind,
            "--log-level",
            "warning",
        ]
        with self.step("portal and workers: started"):
            self.start("web", [sys.executable, *web])
            self.start("work", [sys.executable, "manage.py", "work"])
            self.wait_for(f"http://127.0.0.1:{self.ports.web}/", "web")

    # ------------------------------------------------------------------------------------------------- processes
    def start(self, name: str, command: list[str]) -> None:
        """A process in its own group, so that all it starts ends with it; its output goes to var/logs."""
        logs = self.var / "logs"
        logs.mkdir(exist_ok=True)
        with (logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def stop(self, name: str) -> None:
        """Asks nicely, then insists."""
        process = self.processes.pop(name)
        for sign, patience in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
            if process.poll() is not None:
                break
            os.killpg(process.pid, sign)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue

    def manage(self, *arguments: str) -> str:
        """Runs one of the operator's verbs and returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise StageFault(f"manage.py {arguments[0]} failed: {said[-1] if said else 'it said nothing'}")
        return done.stdout

    def wait_for(self, url: str, name: str, seconds: float = 60.0) -> None:
        """Until the address answers anything at all."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if (process := self.processes.get(name)) is not None and process.poll() is not None:
                raise StageFault(f"{name} stopped while starting; its log is {self.var / 'logs' / f'{name}.log'}.")
            try:
                urllib.request.urlopen(url, timeout=5).close()
            except urllib.error.HTTPError:
                return  # an answer is an answer
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise StageFault(f"{url} did not answer within {seconds:.0f} seconds; see {self.var / 'logs'}.")

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A progress line with its seconds."""
        began = time.monotonic()
        yield
        self.say(f"  {what:<60} {time.monotonic() - began:6.1f} s")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
