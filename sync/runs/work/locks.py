"""One writer per record: session advisory locks on the run's own connection, held through the send."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from sync.runs.models import RunEntry
from sync.runs.work.flow import Flow
from tenancy.context import require_tenant


@dataclass
class RecordLocks:
    """The locks a writer holds. The key names tenant, target, object and source record, not the pipeline."""

    flow: Flow
    _held: dict[UUID, int] = field(default_factory=dict)

    def take(self, entry: RunEntry) -> bool:
        """True when the record is ours alone now (or already was)."""
        if entry.pk in self._held:
            return True
        key = self._key(entry)
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", [key])
            if not cursor.fetchone()[0]:
                return False
        self._held[entry.pk] = key
        return True

    def give_back(self, entry: RunEntry) -> None:
        """Lets others write the record."""
        if (key := self._held.pop(entry.pk, None)) is not None:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [key])

    def give_all_back(self) -> None:
        """At the end of a turn, whatever happened."""
        if self._held:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(k) from unnest(%s::bigint[]) k", [list(self._held.values())])
            self._held.clear()

    def _key(self, entry: RunEntry) -> int:
        p, landing = self.flow.pipeline, entry.landing
        name = f"{require_tenant()}|{p.target_id}|{landing.object}|{landing.connection_id}|{landing.company}"
        digest = hashlib.blake2b(f"{name}|{landing.external_id}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)
