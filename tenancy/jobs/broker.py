"""django-q2's database queue with three differences: first in first out, taken at most once, and no waiting.

Taken at most once, because a doorbell that dies with its worker is rung again by the sweeper within seconds, whereas
an acknowledged queue re-runs finished tasks for ever once its monitor has been killed. No waiting, because a listener
on PostgreSQL's NOTIFY wakes in about a millisecond and costs nothing while idle; the poll is what remains if a
notification is lost.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import Error, connection, transaction
from django_q.brokers.orm import ORM

from tenancy.jobs import beat

CHANNEL = "doorbell"
POLL = 1.0  # seconds
TAKE = """
DELETE FROM django_q_ormq WHERE id = (
    SELECT id FROM django_q_ormq WHERE starts_with(key, %s) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING payload"""


class Doorbells(ORM):
    """Rows are keyed "<cluster>/<tenant>": `enqueue` is used with such a key where jobs are asked for, `dequeue` with
    the cluster's name alone in its pusher process.
    """

    _ear: Any = None  # the connection that listens; the pusher's alone

    def enqueue(self, task: str) -> int:
        """Joins the caller's transaction; listeners hear of it when that commits."""
        with transaction.atomic():
            number = super().enqueue(task)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
        return number

    def dequeue(self) -> list[tuple[None, str]] | None:
        """The oldest doorbell, or None after a wait; no acknowledgement number, for nothing is left to acknowledge."""
        try:
            self._listen()
            return self._take() or self._wait()
        except Error:
            self.close()
            time.sleep(POLL)  # the server restarts
        return None

    def _take(self) -> list[tuple[None, str]] | None:
        self.get_connection()  # drops a connection that has become unusable
        with connection.cursor() as cursor:
            cursor.execute(TAKE, [f"{self.list_key}/"])
            row = cursor.fetchone()
        if row is None:
            return None
        beat.show("taken")
        return [(None, row[0])]

    def _listen(self) -> None:
        if self._ear is None:
            parameters = {**connection.get_connection_params(), "autocommit": True}
            with connection.wrap_database_errors:
                self._ear = connection.Database.connect(**parameters)
                self._ear.execute(f"LISTEN {CHANNEL}")

    def _wait(self) -> None:
        with connection.wrap_database_errors:
            for _ in self._ear.notifies(timeout=POLL, stop_after=1):
                pass

    def close(self) -> None:
        """Stops listening."""
        if self._ear is not None:
            self._ear.close()
            self._ear = None
        connection.close()
