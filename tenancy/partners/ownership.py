"""Two database roles: the owner makes and changes tables, the application only reads and writes rows.

The application may not update or delete rows of a class with `append_only = True`; nobody can rewrite an audit trail
through it, whatever the code does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dj_database_url
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from psycopg import sql
from simple_history.models import HistoricalChanges

DML = sql.SQL("SELECT, INSERT, UPDATE, DELETE")
REWRITING = sql.SQL("UPDATE, DELETE, TRUNCATE")
OWNED = "SELECT count(*) FROM pg_tables WHERE tableowner = %s AND schemaname NOT LIKE 'pg\\_%%'"


class OwnershipError(RuntimeError):
    """The owner's connection was asked for where it cannot be given."""


@contextmanager
def as_owner() -> Iterator[None]:
    """This thread's connection belongs to the owning role inside the block. Never within a transaction."""
    if connection.in_atomic_block:
        raise OwnershipError("The owner's connection cannot be taken inside a transaction.")
    before = connection.settings_dict
    owner = dj_database_url.parse(settings.DATABASE_OWNER_URL, engine=before["ENGINE"])
    connection.close()
    connection.settings_dict = {**before, **{key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")}}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = before


def application_role() -> str:
    """The role that the settings connect as."""
    return str(dj_database_url.parse(settings.DATABASE_URL)["USER"])


def grant_application(schema: str) -> None:
    """Gives the application its rights on every table of a schema. Run as owner after each migration or clone."""
    role = application_role()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == role:
            return  # one role for everything: `doctor` says what is lost by that
        for statement in _grants(schema, role, _frozen_tables(schema)):
            cursor.execute(statement)


def _grants(schema: str, role: str, frozen: list[str]) -> Iterator[sql.Composed]:
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role), "dml": DML, "rewriting": REWRITING}
    yield sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**names)
    yield sql.SQL("GRANT {dml} ON ALL TABLES IN SCHEMA {schema} TO {role}").format(**names)
    yield sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}").format(**names)
    for table in frozen:
        target = sql.Identifier(schema, table)
        yield sql.SQL("REVOKE {rewriting} ON {table} FROM {role}").format(table=target, **names)


def _is_frozen(model: type[models.Model]) -> bool:
    return getattr(model, "append_only", False) or issubclass(model, HistoricalChanges)


def _frozen_tables(schema: str) -> list[str]:
    """The append-only tables that this schema has."""
    wanted = [model._meta.db_table for model in apps.get_models() if _is_frozen(model)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename = ANY(%s)", [schema, wanted]
        )
        return [row[0] for row in cursor.fetchall()]
