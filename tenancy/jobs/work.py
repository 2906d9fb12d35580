"""What a handler is given and what it answers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from tenancy.jobs import leases
from tenancy.jobs.limits import limits
from tenancy.jobs.models import Job
from tenancy.jobs.turns import Turn

LeaseLost = leases.LeaseLost


@dataclass(frozen=True)
class Done:
    """The work is finished."""


@dataclass(frozen=True)
class Again:
    """Go on later from the cursor (None: the one saved last). Counts as progress, not as a failed attempt."""

    after_seconds: float = 0
    cursor: dict[str, Any] | None = None


@dataclass(frozen=True)
class NeedsPerson:
    """Stop until a person has acted; the reason is a sentence for them."""

    reason: str


Outcome = Done | Again | NeedsPerson


class JobContext:
    """One claim of one job: its arguments, its lease and its place in the tenant's turn."""

    def __init__(self, job: Job, turn: Turn, claimed: float) -> None:
        """`claimed`: `time.monotonic()` from before the claim was sent, so that `remaining` errs on the safe side."""
        self.job = job
        self._turn = turn
        self._lease_ends = claimed + limits().lease

    @property
    def args(self) -> dict[str, str]:
        return self.job.args

    @property
    def cursor(self) -> dict[str, Any] | None:
        return self.job.cursor

    @property
    def fence(self) -> int:
        return self.job.fence

    @property
    def correlation_id(self) -> UUID:
        return self.job.correlation_id

    def remaining(self) -> float:
        """Seconds for which nobody else can hold this job, by this process's steady clock; below zero: too late."""
        return self._lease_ends - time.monotonic()

    def renew(self) -> None:
        """A full lease from now. Raises LeaseLost. Within a transaction it also fences that transaction's rows."""
        sent = time.monotonic()
        leases.renew(self.job)
        self._prolong(sent)

    def save_cursor(self, cursor: dict[str, Any]) -> None:
        """Saves how far it got, in the caller's transaction if there is one, and renews. Raises LeaseLost."""
        sent = time.monotonic()
        leases.save_cursor(self.job, cursor)
        self.job.cursor = cursor
        self._prolong(sent)

    def should_yield(self) -> bool:
        """True when it is time to save the cursor and answer `Again`, so that others get their turn."""
        return self._turn.over(limits().turn)

    def _prolong(self, sent: float) -> None:
        """A renewal counts once it is committed."""
        ends = sent + limits().lease
        if connection.in_atomic_block:
            transaction.on_commit(lambda: setattr(self, "_lease_ends", ends))
        else:
            self._lease_ends = ends
