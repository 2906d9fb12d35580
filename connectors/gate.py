"""What every request of a stored connection passes on its way out, and what it reports on its way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from connectors import side
from connectors.base import Answer
from connectors.breaker import SharedBreaker
from connectors.errors import AuthenticationFailed, ConnectorError, Fatal, RateLimited, Retryable, Uncertain
from connectors.http import HttpClient
from connectors.limits import Bucket
from connectors.states import SENDING_STATES, ConnectionState
from connectors.traffic import Outgoing, Sent

_REFUSED = """
UPDATE {table} SET state = %(state)s, sentence = %(sentence)s, checked_at = clock_timestamp() WHERE id = %(id)s
"""


class InsideTransaction(RuntimeError):
    """A request was about to leave while a database transaction was open, which it would hold up."""


@dataclass
class Gate:
    """One opened connection's way to its system. `state` and `sentence` are as they were when it was opened."""

    schema: str
    connection_id: object
    label: str
    state: str
    sentence: str
    bucket: Bucket
    breaker: SharedBreaker

    def before(self, outgoing: Outgoing) -> None:
        """Lets the request leave, after its wait; raises where it must not."""
        _refuse_transactions()
        self._refuse_stopped()
        try:
            if self.bucket.take():
                self.breaker.admit()
        except (DatabaseError, InterfaceError) as error:
            raise Retryable("The portal's database cannot be reached. Nothing was sent.", detail=str(error)) from error

    def after(self, sent: Sent) -> None:
        """Remembers for everybody what the answer said about limits, health and credentials."""
        if isinstance(sent.error, RateLimited):
            self.bucket.block(sent.error.after_seconds)
        elif isinstance(sent.error, Retryable | Uncertain):
            self.breaker.failed()
        else:
            self.breaker.worked()

    def refused(self, error: ConnectorError) -> None:
        """Stops the connection until a person has mended its credentials."""
        self.state, self.sentence = ConnectionState.NEEDS_PERSON, error.sentence
        values = {"state": self.state, "sentence": self.sentence, "id": self.connection_id}
        side.run(_REFUSED.format(table=side.table(self.schema, "connection")), values)

    def _refuse_stopped(self) -> None:
        if self.state == ConnectionState.DISABLED:
            raise Fatal(f"The connection {self.label} is switched off.")
        if self.state not in SENDING_STATES:
            raise AuthenticationFailed(self.sentence or f"The connection {self.label} waits for a person.")


@dataclass
class GatedClient:
    """`connectors.base.Client` of a stored connection: refused credentials stop it for everybody."""

    http: HttpClient
    gate: Gate

    def request(self, method: str, path: str, **how: Any) -> Answer:
        """As `connectors.base.Client.request`."""
        try:
            return self.http.request(method, path, **how)
        except AuthenticationFailed as error:
            if self.gate.state in SENDING_STATES:
                self.gate.refused(error)
            raise


def _refuse_transactions() -> None:
    """A test case's own transaction does not count."""
    if any(not block._from_testcase for block in connection.atomic_blocks):
        raise InsideTransaction("A request to another system was about to be sent inside a database transaction.")
