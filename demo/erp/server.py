"""Runs the ERP on a copy of the built database; resetting is copying one file again."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from demo.erp.facts import ErpFacts, ErpUnavailable
from demo.erp.install import environment, write_conf
from demo.erp.ports import is_free

READY_SECONDS = 60.0


@dataclass
class ErpServer:
    """A running ERP. `directory` holds its database, configuration and log."""

    facts: ErpFacts
    port: int
    directory: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Ends the process; a second call does nothing."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start(facts: ErpFacts, port: int = 8020, *, name: str = "live", fresh: bool = False) -> ErpServer:
    """Starts the ERP and waits until it answers. `name` tells apart databases that live side by side."""
    directory = facts.home / name
    directory.mkdir(exist_ok=True)
    if fresh or not _copied(facts, directory):
        reset(facts, name)
    if not is_free(port):
        raise ErpUnavailable(f"Port {port} is taken; stop what uses it or choose another port for the ERP.")
    conf = write_conf(directory, port)
    trytond = facts.home / "venv" / "bin" / "trytond"
    command = [str(trytond), "-c", str(conf), "--logconf", str(directory / "logging.conf")]
    with (directory / "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment(), start_new_session=True)
    server = ErpServer(facts, port, directory, process)
    _wait_ready(server)
    return server


def reset(facts: ErpFacts, name: str = "live") -> None:
    """Puts the starting data back. The ERP that uses this copy must not be running."""
    directory = facts.home / name
    directory.mkdir(exist_ok=True)
    for leftover in directory.glob(f"{facts.database}.sqlite-*"):
        leftover.unlink()
    shutil.copy(facts.home / "pristine" / f"{facts.database}.sqlite", directory / f"{facts.database}.sqlite")
    (directory / "copy-of").write_text(_build(facts))


def _copied(facts: ErpFacts, directory: Path) -> bool:
    """Whether this copy was made from the database as it is built now: another build has other keys."""
    mine = directory / "copy-of"
    return mine.exists() and mine.read_text() == _build(facts)


def _build(facts: ErpFacts) -> str:
    return hashlib.sha256(facts.keys["portal"].encode()).hexdigest()


def _wait_ready(server: ErpServer) -> None:
    """The first request makes the ERP load its modules, so ready means one answered request, not an open port."""
    url = f"{server.base_url}/{server.facts.database}/rest/model/company.company"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {server.facts.keys['portal']}"})
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise ErpUnavailable(f"The ERP stopped while starting; see {server.directory / 'server.log'}.")
        try:
            with urllib.request.urlopen(request, timeout=30):
                return
        except urllib.error.HTTPError as refusal:
            server.stop()
            raise ErpUnavailable(
                f"The ERP answered {refusal.code} to its first request; run the build again."
            ) from refusal
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    server.stop()
    raise ErpUnavailable(f"The ERP did not answer within {READY_SECONDS:.0f} s; see {server.directory / 'server.log'}.")
