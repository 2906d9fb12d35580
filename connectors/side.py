"""A second database connection beside the caller's, for what must be seen by all at once and by any thread.

Buckets, breakers and cached tokens are written here in single statements, each committed by itself: the caller may be
a sending thread without a tenant, and a roll-back of its work must not give back calls that were made.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

_lock = threading.Lock()
_held: tuple[int, BaseDatabaseWrapper] | None = None  # (process id, connection): a fork must not share it


def run(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Executes one statement by itself; the rows, if it returns any. Reconnects once where the server had gone."""
    with _lock:
        try:
            return _execute(sql, parameters)
        except (OperationalError, InterfaceError):
            _forget()
            return _execute(sql, parameters)


def close() -> None:
    """Gives the connection back; the next statement opens another."""
    with _lock:
        _forget()


def table(schema: str, name: str) -> str:
    """The quoted name of a table of this package in a tenant."""
    quote = connections["default"].ops.quote_name
    return f"{quote(schema)}.{quote(f'connectors_{name}')}"


def _execute(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with _connection().cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def _connection() -> BaseDatabaseWrapper:
    global _held
    if _held is None or _held[0] != os.getpid():
        wrapper = connections["default"].copy()
        wrapper.inc_thread_sharing()
        _held = os.getpid(), wrapper
    return _held[1]


def _forget() -> None:
    global _held
    if _held is not None and _held[0] == os.getpid():
        _held[1].close()
    _held = None
