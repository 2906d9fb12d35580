"""Access tokens shared by all workers: whoever finds one used up renews it, the others wait for that one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from connectors import side
from connectors.auth import AccessToken, usable_seconds
from connectors.errors import Retryable
from connectors.vault import DataKeyInHand, VaultError
from tenancy.base import new_id

LEASE_SECONDS = 30.0  # a renewal that has not ended by then is taken for dead; longer than a request may take
_LOOK_AGAIN_SECONDS = 0.05
_PLACE = {"model": "connectors.TokenCache", "name": "access token"}

_SHARED = """
SELECT data_key_id, ciphertext, EXTRACT(EPOCH FROM expires_at - clock_timestamp())::float
FROM {table} WHERE connection_id = %(connection)s
"""
_CLAIM = """
INSERT INTO {table} AS t (id, created_at, connection_id, ciphertext, renewing_until)
VALUES (%(id)s, clock_timestamp(), %(connection)s, '', clock_timestamp() + make_interval(secs => %(lease)s))
ON CONFLICT (connection_id) DO UPDATE SET renewing_until = excluded.renewing_until
WHERE t.renewing_until IS NULL OR t.renewing_until <= clock_timestamp()
RETURNING data_key_id, ciphertext, EXTRACT(EPOCH FROM expires_at - clock_timestamp())::float
"""
_STORE = """
UPDATE {table} SET data_key_id = %(key)s, ciphertext = %(ciphertext)s, renewing_until = NULL,
    expires_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE connection_id = %(connection)s
"""
_RELEASE = "UPDATE {table} SET renewing_until = NULL WHERE connection_id = %(connection)s"
_FORGET = "DELETE FROM {table} WHERE connection_id = %(connection)s"

Row = tuple[UUID | None, bytes, float | None]


@dataclass
class SharedTokens:
    """`connectors.auth.TokenSource` for one connection. Holds no database connection while it fetches."""

    schema: str
    connection_id: UUID
    key: DataKeyInHand
    fetch: Callable[[], AccessToken] = field(repr=False)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._value, self._until = "", 0.0

    def token(self, *, refused: str = "") -> str:
        """A token with time left that is not the refused one."""
        with self._lock:
            if self._value in ("", refused) or time.monotonic() >= self._until:
                self._renew(refused)
            return self._value

    def _renew(self, refused: str) -> None:
        deadline = time.monotonic() + LEASE_SECONDS + 5
        while time.monotonic() < deadline:
            if self._adopt(self._run(_SHARED), refused):
                return None
            if claimed := self._run(_CLAIM, lease=LEASE_SECONDS, id=new_id()):
                return self._fetch_unless(self._adopt(claimed, refused))
            time.sleep(_LOOK_AGAIN_SECONDS)
        raise Retryable("Another worker has been fetching a new access token for too long.")

    def _adopt(self, rows: list[Row], refused: str) -> bool:
        """Takes over the shared token where it is good."""
        for key_id, ciphertext, seconds in rows:
            if key_id != self.key.id or seconds is None or seconds <= 0:
                continue
            try:
                value = self.key.open(ciphertext, row=self.connection_id, **_PLACE)
            except VaultError:
                continue  # a new one is fetched instead
            if value != refused:
                self._value, self._until = value, time.monotonic() + seconds
                return True
        return False

    def _fetch_unless(self, adopted: bool) -> None:
        """We hold the claim: somebody may have stored a new token just before, else we fetch one."""
        try:
            if not adopted:
                self._store(self.fetch())
        finally:
            self._run(_RELEASE)

    def _store(self, issued: AccessToken) -> None:
        seconds = usable_seconds(issued.lives_seconds)
        sealed = self.key.seal(issued.value, row=self.connection_id, **_PLACE)
        self._run(_STORE, key=self.key.id, ciphertext=sealed, seconds=seconds)
        self._value, self._until = issued.value, time.monotonic() + seconds

    def _run(self, sql: str, **more: Any) -> list[Any]:
        values = {"connection": self.connection_id, **more}
        return side.run(sql.format(table=side.table(self.schema, "tokencache")), values)


def forget(schema: str, connection_id: UUID) -> None:
    """Drops the shared token, for credentials have changed."""
    side.run(_FORGET.format(table=side.table(schema, "tokencache")), {"connection": connection_id})
