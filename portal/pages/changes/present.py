"""A change request as a decider sees it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from governance.kinds import registered
from governance.models import ChangeRequest
from governance.selectors import may_decide
from governance.services import key_of
from portal.pages.values import Fact, facts
from portal.pages.words import CHANGE, Tag, Text, spoken, tag_of
from tenancy.accounts.actors import Actor
from tenancy.accounts.roles import Role


@dataclass(frozen=True)
class Card:
    """One request. `why_not` says why this person cannot decide it."""

    change: ChangeRequest
    label: Text
    tag: Tag
    facts: list[Fact]
    deciders: str
    may_decide: bool
    may_withdraw: bool
    why_not: str


def card(change: ChangeRequest, actor: Actor) -> Card:
    """The request for one person."""
    kind = registered().get(change.kind)
    own, waits = change.author_key == key_of(actor), change.state == "open"
    may = waits and kind is not None and may_decide(actor, change.author_key, change.customer_id, kind)
    return Card(
        change=change,
        label=kind.label if kind else spoken(change.kind),
        tag=tag_of(CHANGE, change.state),
        facts=facts(change.shown),
        deciders=", ".join(str(Role(role).label) for role in kind.deciders) if kind else "",
        may_decide=may,
        may_withdraw=own and waits,
        why_not=_why_not(own, kind is not None and kind.customer_decides) if waits and not may else "",
    )


def _why_not(own: bool, customer_decides: bool) -> str:
    if own:
        return _("You asked for this yourself, so a second person has to decide.")
    if customer_decides:
        return _("Only the customer's own people can decide this.")
    return _("Your role does not allow you to decide this.")
