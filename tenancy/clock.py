"""One clock for leases, limits and schedules: the database's. Machines disagree, the database does not."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def db_now() -> datetime:
    """PostgreSQL's wall clock now (moves within a transaction), aware, UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
