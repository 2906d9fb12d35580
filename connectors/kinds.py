"""The change to connections that needs a second person, and what a yes does."""

from __future__ import annotations

from typing import Any

from connectors.models import Connection, Credential
from connectors.services import CHANGE_LIVE, apply_change, shown
from governance.kinds import change_kind
from governance.models import ChangeRequest
from tenancy.accounts.actors import Actor
from tenancy.accounts.roles import Role


def _shown_now(change: ChangeRequest) -> dict[str, Any]:
    row = Connection.objects.get(pk=change.subject_id)
    waiting = Credential.objects.filter(pk__in=change.payload["credentials"], waits=True)
    return shown(row, change.payload["settings"], sorted(waiting.values_list("name", flat=True)))


@change_kind(
    CHANGE_LIVE,
    label="Change a connection in use",
    deciders=(Role.OWNER, Role.PARTNER_ADMIN, Role.APPROVER),
    shows=_shown_now,
)
def apply_live_change(change: ChangeRequest, actor: Actor) -> None:
    """The new settings and credentials are used from the next request on; the connection is to be tested again."""
    apply_change(actor=actor, change=change)
