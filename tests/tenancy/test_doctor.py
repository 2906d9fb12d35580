"""The doctor says what is wrong with an installation, and what to do."""

from __future__ import annotations

import os
import time

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from portal.doctor import Finding, examine
from tenancy.context import public_context
from tenancy.jobs.selectors import run_directory
from tenancy.partners import pooling, schemas
from tenancy.partners.ownership import as_owner


@pytest.fixture
def installation(transactional_tenant, settings, tmp_path):
    """As `upgrade` and `work` leave it."""
    settings.VAR_DIR = tmp_path
    signs = run_directory() / f"work-{os.getpid()}"
    signs.mkdir(parents=True)
    (signs / "sweeper").touch()
    with as_owner():
        schemas.clone(schemas.PREPARED, base="ta")
    yield signs
    with public_context(), as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA prepared CASCADE")


def findings() -> dict[str, Finding]:
    return {finding.what: finding for finding in examine()}


def test_a_sound_installation_is_said_to_be_well(installation, capsys):
    call_command("doctor")
    said = capsys.readouterr().out
    assert said.endswith("all is well\n")
    assert said.count("ok ") == len(findings())


def test_what_is_wrong_comes_with_what_to_do_and_a_failing_status(installation, settings, capsys):
    settings.SECRET_KEY, settings.MASTER_KEYS = "", {"short": b"x"}
    os.utime(installation / "sweeper", (0, time.time() - 600))
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tb.django_migrations WHERE app = 'brand'")
        cursor.execute("DELETE FROM prepared.django_migrations WHERE app = 'brand'")
    try:
        with pytest.raises(SystemExit, match="1"):
            call_command("doctor")
    finally:
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO tb.django_migrations SELECT * FROM ta.django_migrations WHERE app = 'brand'")
    said = capsys.readouterr().out
    for sentence in (
        "Set PORTAL_SECRET_KEY",
        "short is not 32 bytes",
        "migrations: pending",
        "partners: 1 of 2 behind: tb",
        "Run: manage.py upgrade",
        "is silent",
        "5 to mend",
    ):
        assert sentence in said


def test_missing_workers_and_keys_are_noticed(installation, settings):
    settings.MASTER_KEYS = {}
    (installation / "sweeper").unlink()
    assert "PORTAL_MASTER_KEYS" in findings()["master key"].remedy
    assert "manage.py work" in findings()["workers"].remedy


def test_one_role_for_everything_is_noticed(installation, settings):
    with override_settings(DATABASE_URL=settings.DATABASE_OWNER_URL):
        assert "could rewrite the audit trail" in findings()["roles"].sentence


def test_an_owner_that_cannot_connect_is_noticed(installation, settings):
    with override_settings(DATABASE_OWNER_URL=settings.DATABASE_OWNER_URL.replace("owner@", "stranger@")):
        assert findings()["roles"].remedy == "Mend DATABASE_OWNER_URL."


def test_without_a_database_the_rest_is_not_asked(installation, monkeypatch):
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "PORT", "1")
        found = findings()
    assert "cannot be reached" in found["database"].sentence
    assert "DATABASE_URL" in found["database"].remedy
    assert "migrations" not in found


class PooledServer:
    """Hands out server processes per transaction, like a pooler; `processes` are free, last in first out."""

    def __init__(self) -> None:
        self.free = [101, 102]

    def connect(self) -> PooledConnection:
        return PooledConnection(self)


class PooledConnection:
    def __init__(self, server: PooledServer) -> None:
        self.server, self.autocommit, self.held = server, False, 0

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, _: str):
        self.answer = self.held or self.server.free.pop()
        if self.autocommit:
            self.server.free.append(self.answer)
        else:
            self.held = self.answer
        return self

    def fetchone(self) -> tuple[int]:
        return (self.answer,)

    def close(self) -> None:
        pass


def test_a_pooler_in_transaction_mode_is_recognised():
    assert pooling.pools_transactions(PooledServer().connect)


def test_a_direct_connection_is_not_taken_for_a_pooler(transactional_tenant):
    parameters = connection.get_connection_params()
    assert not pooling.pools_transactions(lambda: connection.Database.connect(**parameters))


def test_the_first_connection_behind_such_a_pooler_is_refused(transactional_tenant, monkeypatch):
    """The process a pooler announces is not the one that answers."""
    connection.ensure_connection()
    with monkeypatch.context() as patch:
        patch.setattr(pooling, "_seen", set())
        patch.setattr(pooling, "pools_transactions", lambda connect: True)
        pooling.refuse_transaction_pooling(connection)
        assert pooling._seen
        pooling._seen.clear()
        patch.setattr(pooling, "_process", lambda raw: -1)
        with pytest.raises(ImproperlyConfigured, match="transaction mode"):
            pooling.refuse_transaction_pooling(connection)
