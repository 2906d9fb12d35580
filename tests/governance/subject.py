"""A subject that can be changed, for the tests of how changes are agreed."""

from __future__ import annotations

from typing import Any

from governance.kinds import SubjectChanged
from governance.models import ChangeRequest, Decision
from governance.services import decide, request_change
from tenancy.accounts.actors import Actor

THERMOSTAT, BANK = "test.thermostat", "test.bank"


class Thermostat:
    """A subject with a value; what a decider is shown is what it has now and what it would get."""

    def __init__(self) -> None:
        self.degrees = 18
        self.moved_while_applying = False

    def show(self, change: ChangeRequest) -> dict[str, Any]:
        return {"now": self.degrees, "then": change.payload["degrees"]}

    def apply(self, change: ChangeRequest, actor: Actor) -> None:
        if self.moved_while_applying:
            raise SubjectChanged("Somebody turned it in the meantime.")
        self.degrees = change.payload["degrees"]


def ask(author: Actor, degrees: int = 21, kind: str = THERMOSTAT, **extra: Any) -> ChangeRequest:
    return request_change(
        actor=author,
        kind=kind,
        subject_type="thermostat",
        subject_id="hall",
        payload={"degrees": degrees},
        shown={"now": 18, "then": degrees},
        **extra,
    )


def say(actor: Actor, change: ChangeRequest, approve: bool = True, comment: str = "") -> Decision:
    return decide(
        actor=actor,
        change_request_id=change.pk,
        approve=approve,
        comment=comment,
        shown_digest=change.shown_digest,
    )
