"""Refuses a connection pooler in transaction mode: a search path set for one partner would be met by another.

Such a pooler hands out a server process per transaction. So while a second connection holds a transaction open, the
first one either gets another process than before, or the second was given the first one's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured

SENTENCE = (
    "The database is reached through a pooler in transaction mode, which would show one partner's data to another. "
    "Connect directly or set its pool mode to session; the portal keeps its own connections open."
)
_seen: set[str] = set()


def pools_transactions(connect: Callable[[], psycopg.Connection]) -> bool:
    """Opens two connections and compares the server processes behind them."""
    with closing(connect()) as first, closing(connect()) as second:
        first.autocommit = True
        before = _process(first)
        held = _process(second)  # not in autocommit: its transaction stays open
        return held == before or _process(first) != before


def refuse_transaction_pooling(connection: Any, **_: Any) -> None:
    """Receives `connection_created`. A direct connection knows its process from the start; only others are tested."""
    raw = connection.connection
    address = f"{connection.settings_dict['HOST']}:{connection.settings_dict['PORT']}"
    if address in _seen:
        return
    if raw.info.backend_pid != _process(raw):
        parameters = connection.get_connection_params()
        if pools_transactions(lambda: connection.Database.connect(**parameters)):
            connection.close()
            raise ImproperlyConfigured(SENTENCE)
    _seen.add(address)


def _process(raw: psycopg.Connection) -> int:
    """The server process that answers now."""
    with raw.cursor() as cursor:
        row = cursor.execute("SELECT pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0
