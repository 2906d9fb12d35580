"""One at a time, by name: advisory locks that end with the transaction."""

from __future__ import annotations

import hashlib

from django.db import connection

from tenancy.context import require_tenant


def serialise(*name: str) -> None:
    """Waits until no other transaction of this tenant holds the same name. Call inside a transaction."""
    text = "\x1f".join((require_tenant(), *name))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
