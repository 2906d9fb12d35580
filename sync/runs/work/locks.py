"""One writer per record: session advisory locks on the run's own connection, held through the send."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from sync.runs.models import RunEntry
from sync.runs.work.flow import Flow
from tenancy.context import require_tenant

_TAKE = "select pg_try_advisory_lock(k) from unnest(%s::bigint[]) with ordinality u(k, n) order by n"
_GIVE_BACK = "select pg_advisory_unlock(k) from unnest(%s::bigint[]) k"


@dataclass
class RecordLocks:
    """The locks a writer holds. The key names tenant, target, object and source record, not the pipeline."""

    flow: Flow
    _held: dict[UUID, int] = field(default_factory=dict)

    def take(self, entries: Sequence[RunEntry]) -> list[RunEntry]:
        """Those whose record is ours alone now (or already was), asked for in one statement."""
        asked = {entry.pk: self._key(entry) for entry in entries if entry.pk not in self._held}
        if asked:
            with connection.cursor() as cursor:
                cursor.execute(_TAKE, [list(asked.values())])
                got = [taken for (taken,) in cursor.fetchall()]
            self._held |= {pk: key for (pk, key), taken in zip(asked.items(), got, strict=True) if taken}
        return [entry for entry in entries if entry.pk in self._held]

    def give_back(self, entries: Iterable[RunEntry]) -> None:
        """Lets others write these records."""
        if keys := [self._held.pop(entry.pk) for entry in entries if entry.pk in self._held]:
            with connection.cursor() as cursor:
                cursor.execute(_GIVE_BACK, [keys])

    def give_all_back(self) -> None:
        """At the end of a turn, whatever happened."""
        if self._held:
            with connection.cursor() as cursor:
                cursor.execute(_GIVE_BACK, [list(self._held.values())])
            self._held.clear()

    def _key(self, entry: RunEntry) -> int:
        p, landing = self.flow.pipeline, entry.landing
        name = f"{require_tenant()}|{p.target_id}|{landing.object}|{landing.connection_id}|{landing.company}"
        digest = hashlib.blake2b(f"{name}|{landing.external_id}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)
