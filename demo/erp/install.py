"""Builds the ERP once: virtual environment, empty database with its modules, then the starting data.

Each of the three is kept with the digest of what it was made from, so that only what changed is made again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from demo.erp.facts import ErpFacts, ErpUnavailable, load

HERE = Path(__file__).resolve().parent
DATABASE = "erp"
STAMP = "made-from"  # in each directory, the digest of what it was made from
ADMIN_PASSWORD = "admin-Passw0rd!"
MODULES = (
    "account", "account_invoice", "account_invoice_stock", "account_payment", "account_payment_clearing",
    "account_product", "analytic_account", "analytic_invoice", "analytic_purchase", "bank", "company", "country",
    "currency", "edocument_unece", "party", "product", "purchase", "purchase_history", "stock",
)  # fmt: skip
CONF = """[database]
uri = sqlite://
path = {path}
list = False
[web]
listen = 127.0.0.1:{port}
[session]
timeout = 3600
[request]
timeout = 60
"""
LOGGING = """[loggers]
keys = root
[handlers]
keys = stderr
[formatters]
keys = line
[logger_root]
level = WARNING
handlers = stderr
[handler_stderr]
class = StreamHandler
args = (sys.stderr,)
formatter = line
[formatter_line]
format = %(asctime)s %(levelname)s %(name)s %(message)s
"""
Progress = Callable[[str], None]


def ensure(var: Path, progress: Progress = lambda line: None) -> ErpFacts:
    """Builds what is missing under `var`/erp and returns the facts. Safe to call from several processes at once."""
    home = (var / "erp").resolve()
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        _once(home / "venv", _digest(HERE / "requirements.txt"), _make_venv, progress)
        schema = _digest(HERE / "requirements.txt", text=" ".join(MODULES))
        _once(home / "schema", schema, _make_schema, progress)
        data = _digest(
            *sorted((HERE / "inside").glob("*.py")), HERE / "world.py", text=f"{schema} {datetime.now(UTC).year}"
        )
        _once(home / "pristine", data, _make_data, progress)
    return load(home)


def write_conf(directory: Path, port: int) -> Path:
    """The ERP's configuration for a database that lives in `directory`."""
    conf = directory / "trytond.conf"
    conf.write_text(CONF.format(path=directory, port=port), encoding="utf-8")
    (directory / "logging.conf").write_text(LOGGING, encoding="utf-8")
    return conf


def environment() -> dict[str, str]:
    """The environment of every process of the ERP: quiet, UTC, and able to import the data description."""
    return {**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(HERE.parent.parent), "TZ": "UTC"}


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(*files: Path, text: str = "") -> str:
    digest = hashlib.sha256(text.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _once(directory: Path, digest: str, make: Callable[[Path, Progress], None], progress: Progress) -> None:
    """Makes a directory anew unless it was completed from the same inputs."""
    stamp = directory / STAMP
    if stamp.exists() and stamp.read_text() == digest:
        return
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    make(directory, progress)
    stamp.write_text(digest)


def _make_venv(directory: Path, progress: Progress) -> None:
    progress("installing the ERP's own packages")
    _run(
        [sys.executable, "-m", "venv", str(directory)],
        "No virtual environment could be made for the ERP; install Python's venv module.",
    )
    pip = [
        str(directory / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ]
    _run(
        [*pip, "-r", str(HERE / "requirements.txt")],
        "The ERP's packages could not be installed; check the network and try again.",
    )


def _make_schema(directory: Path, progress: Progress) -> None:
    progress("creating the ERP's database")
    (directory / f"{DATABASE}.sqlite").touch()
    password = directory / "admin.pw"
    password.write_text(ADMIN_PASSWORD + "\n")
    conf = write_conf(directory, 0)
    admin = [str(_bin(directory) / "trytond-admin"), "-c", str(conf), "-d", DATABASE]
    env = {**environment(), "TRYTONPASSFILE": str(password)}
    _run(
        [*admin, "--all", "--email", "admin@erp.example", "--password"], "The ERP's database could not be created.", env
    )
    _run([*admin, "-u", *MODULES, "--activate-dependencies"], "The ERP's modules could not be activated.", env)


def _make_data(directory: Path, progress: Progress) -> None:
    progress("filling the ERP with companies, suppliers, orders and bills")
    shutil.copy(directory.parent / "schema" / f"{DATABASE}.sqlite", directory / f"{DATABASE}.sqlite")
    conf = write_conf(directory, 0)
    fill = [
        str(_bin(directory) / "python"),
        "-m",
        "demo.erp.inside",
        str(conf),
        DATABASE,
        str(directory.parent / "facts.json"),
    ]
    _run(fill, "The ERP could not be filled with its starting data.", environment())


def _bin(directory: Path) -> Path:
    return directory.parent / "venv" / "bin"


def _run(command: list[str], sentence: str, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise ErpUnavailable(f"{sentence} ({lines[-1] if lines else 'no output'})")
