"""Many rows written by one plain statement. Django spells every value out by itself, as a CASE in an update, as an
array in an insert; that takes the processor many times as long as it takes the database to write the rows."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, models, transaction

Json = dict[str, Any]


def update_rows(
    model: type[models.Model], objs: Sequence[models.Model], names: Iterable[str], batch_size: int | None = None
) -> int:
    """Writes these fields of these rows; how many there were. The caller has checked whose rows they are."""
    columns = (model._meta.pk, *(model._meta.get_field(name) for name in names))
    rows = [{field.column: getattr(obj, field.attname) for field in columns} for obj in objs]
    with transaction.atomic(savepoint=False):
        return _write(_update(model, columns), rows, batch_size)


def insert_rows(
    model: type[models.Model],
    objs: Sequence[models.Model],
    fields: Sequence[Any],
    batch_size: int | None,
    conflict: str,
) -> None:
    """Adds these rows, keys and all. `conflict` is the statement's ON CONFLICT, empty for none."""
    rows = [{field.column: field.pre_save(obj, add=True) for field in fields} for obj in objs]
    _write(f"{_insert(model, tuple(fields))} {conflict}", rows, batch_size)


def _write(statement: str, rows: list[Json], batch_size: int | None) -> int:
    size, written = batch_size or max(len(rows), 1), 0
    with connection.cursor() as cursor:
        for start in range(0, len(rows), size):
            cursor.execute(statement, [_as_json(rows[start : start + size])])
            written += cursor.rowcount
    return written


@cache
def _update(model: type[models.Model], fields: tuple[Any, ...]) -> str:
    table, (key, *changed) = _quoted(model._meta.db_table), [_quoted(field.column) for field in fields]
    values = ", ".join(f"{column} = given.{column}" for column in changed)
    return f"UPDATE {table} SET {values} FROM {_given(fields)} WHERE {table}.{key} = given.{key}"


@cache
def _insert(model: type[models.Model], fields: tuple[Any, ...]) -> str:
    columns = ", ".join(_quoted(field.column) for field in fields)
    return f"INSERT INTO {_quoted(model._meta.db_table)} ({columns}) SELECT {columns} FROM {_given(fields)}"


def _given(fields: Collection[Any]) -> str:
    types = ", ".join(f"{_quoted(field.column)} {field.db_type(connection)}" for field in fields)
    return f"json_to_recordset(%s) AS given({types})"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _as_json(rows: list[Json]) -> str:
    """JSON fields stand in it as they are; nothing (None) becomes NULL, also in those."""
    try:
        return orjson.dumps(rows, default=_plain).decode()
    except TypeError:  # a whole number beyond 64 bits
        return json.dumps(rows, default=_plain)


def _plain(value: Any) -> str:
    """What JSON has no word for, as PostgreSQL reads it."""
    if isinstance(value, bytes | memoryview):
        return f"\\x{bytes(value).hex()}"
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, date):  # datetimes too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of a row")
