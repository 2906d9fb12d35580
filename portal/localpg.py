"""A PostgreSQL of our own from pip-installed binaries, for newcomers and for tests.

Only the binaries are used. Whether the server runs is asked of the server, never of a pid file: after a `kill -9`
or a lost container the files lie. Works as anybody, and as root (the server then runs as `postgres` or `nobody`).
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from portal.pgfiles import (
    LocalPostgresError,
    can_reach,
    copied_binaries,
    find_binaries,
    major_version,
    open_ground,
    server_user,
)

SUPERUSER, OWNER, APP, DATABASE, PORT = "postgres", "portal_owner", "portal_app", "portal", 5432
THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def _names_a_postgres(lockfile: Path) -> bool:
    try:
        pid = int(lockfile.read_text().split()[0])
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]  # empty for a zombie
    except (OSError, ValueError, IndexError):
        return False


class LocalPostgres:
    """One data directory and its server. `throwaway` gives up durability for speed and is deleted on stop."""

    def __init__(self, data: Path, *, binaries: Path | None = None, throwaway: bool = False) -> None:
        self.asked = data.absolute()
        self.found = binaries or find_binaries()
        self.throwaway = throwaway
        digest = hashlib.sha256(str(self.asked).encode()).hexdigest()[:12]
        self.sockets = Path(tempfile.gettempdir()) / f"portal-pg-{digest}"  # short: socket paths end at 107 bytes
        self.server_user = server_user()

    @cached_property
    def data(self) -> Path:
        """The data directory: where asked, or on open ground where root's directories bar the server's user."""
        return self.asked if can_reach(self.server_user, self.asked.parent) else open_ground(self.asked)

    @cached_property
    def binaries(self) -> Path:
        """Likewise the binaries."""
        return self.found if can_reach(self.server_user, self.found) else copied_binaries(self.found)

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
            self._remove()

    def forget(self) -> None:
        """Stops the server and removes its data for good."""
        self.stop(mode="immediate")
        self._remove()

    def _remove(self) -> None:
        for directory in (self.data, self.sockets):
            shutil.rmtree(directory, ignore_errors=True)

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
    """`python -m portal.localpg start|stop|forget|url [directory]`, for people."""
    parser = argparse.ArgumentParser(prog="portal.localpg", description="The local PostgreSQL under var/.")
    parser.add_argument("verb", choices=("start", "stop", "forget", "url"))
    parser.add_argument("directory", nargs="?", default="var", type=Path)
    chosen = parser.parse_args()
    server = LocalPostgres.under(chosen.directory)
    if chosen.verb != "url":
        getattr(server, chosen.verb)()
    print(server.url())


if __name__ == "__main__":
    main()
