"""Makes a schema equal to a prepared one: PostgreSQL's own LIKE for tables, its own words for keys and indexes.

The cloning function of the tenant library is not used, as it loses constraints (UNIQUE NULLS NOT DISTINCT among them).
What cannot be replayed (views, triggers, functions, partitions, free sequences) is refused, not forgotten: tenants
must not have it anyway, so that a schema can move to another server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from tenancy.context import public_context

PARTS = " INCLUDING ".join(
    ("DEFAULTS", "CONSTRAINTS", "IDENTITY", "GENERATED", "COMMENTS", "STORAGE", "COMPRESSION", "STATISTICS")
)
TABLES = """
SELECT quote_ident(relname), COALESCE(array_to_string(reloptions, ', '), '') FROM pg_class
WHERE relnamespace = %s::regnamespace AND relkind = 'r' ORDER BY relname"""
KEYS = """
SELECT format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint
WHERE connamespace = %s::regnamespace AND contype = ANY(%s)
ORDER BY conrelid::regclass::text, conname"""
INDEXES = """
SELECT pg_get_indexdef(indexrelid, 0, true) FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = %s::regnamespace
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
ORDER BY relname"""
SEQUENCES = """
SELECT quote_ident(table_name), column_name FROM information_schema.columns
WHERE table_schema = %s AND is_identity = 'YES'"""
FOREIGN_PARTS = """
SELECT format('%%s %%s', CASE relkind WHEN 'S' THEN 'sequence' ELSE 'relation' END, relname) FROM pg_class
WHERE relnamespace = %(schema)s::regnamespace AND relkind NOT IN ('r', 'i')
  AND NOT (relkind = 'S' AND EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'i'))
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace
UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE relnamespace = %(schema)s::regnamespace AND NOT tgisinternal
UNION ALL SELECT 'policy ' || polname FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
WHERE relnamespace = %(schema)s::regnamespace"""


class ReplayError(RuntimeError):
    """The prepared schema holds something that a tenant's schema must not have."""


def replay(base: str, schema: str) -> None:
    """Creates `schema` as a copy of `base`, rows included. Joins the caller's transaction, or does nothing."""
    with public_context():
        _refuse_foreign_parts(base)
        script = _script(base)
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        with _searching(schema) as cursor:
            cursor.execute(";\n".join(script))


@contextmanager
def _searching(schema: str) -> Iterator[CursorWrapper]:
    """A cursor whose names are those of one schema; whoever comes next sets the path anew."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema)))
            yield cursor
    finally:
        connection.search_path_set_schemas = None


def _refuse_foreign_parts(base: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FOREIGN_PARTS, {"schema": base})
        if found := [row[0] for row in cursor.fetchall()]:
            raise ReplayError(f"The schema {base!r} holds what tenants must not have: {', '.join(found)}.")


def _script(base: str) -> list[str]:
    """Statements that rely on the search path: the base is named only where its tables and rows are copied from."""
    with _searching(base) as cursor:

        def rows(query: str, *parameters: object) -> list[tuple[str, ...]]:
            cursor.execute(query, [base, *parameters])
            return cursor.fetchall()

        source = sql.Identifier(base).as_string(cursor.connection)
        tables = rows(TABLES)
        filled = [name for name, _ in tables if _has_rows(cursor, f"{source}.{name}")]
        return [
            *(_table(source, name, options) for name, options in tables),
            *(statement for (statement,) in rows(KEYS, ["p", "u", "x"])),
            *(statement for (statement,) in rows(INDEXES)),
            *(f"INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM {source}.{name}" for name in filled),
            *(_sequence(*row) for row in rows(SEQUENCES)),
            *(statement for (statement,) in rows(KEYS, ["f"])),
        ]


def _table(source: str, name: str, options: str) -> str:
    stored = f" WITH ({options})" if options else ""
    return f"CREATE TABLE {name} (LIKE {source}.{name} INCLUDING {PARTS}){stored}"


def _sequence(table: str, column: str) -> str:
    highest = f"(SELECT COALESCE(max({column}), 0) + 1 FROM {table})"
    return f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), {highest}, false)"


def _has_rows(cursor: CursorWrapper, table: str) -> bool:
    cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
    return bool(cursor.fetchone()[0])
