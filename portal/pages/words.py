"""Which tone a state is shown in, and what things are called on every page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from finance.policies import POLICIES

Text = str | Promise


@dataclass(frozen=True)
class Tag:
    """A state in a word and a tone (ok, warn, bad, info, quiet)."""

    label: Text
    tone: str
    moving: bool = False


@dataclass(frozen=True)
class Amount:
    """Money of one currency."""

    amount: Decimal
    currency: str


PIPELINE: Mapping[str, Tag] = {
    "draft": Tag(_("Draft"), "quiet"),
    "matching": Tag(_("Matching"), "info"),
    "live": Tag(_("Live"), "ok"),
    "paused": Tag(_("Paused"), "warn"),
}
RUN: Mapping[str, Tag] = {
    "queued": Tag(_("Waiting to start"), "quiet", moving=True),
    "working": Tag(_("Running"), "info", moving=True),
    "succeeded": Tag(_("Finished"), "ok"),
    "failed": Tag(_("Failed"), "bad"),
    "stopped": Tag(_("Stopped, needs a person"), "bad"),
}
OUTCOME: Mapping[str, Tag] = {
    "created": Tag(_("Created"), "ok"),
    "updated": Tag(_("Updated"), "ok"),
    "retired": Tag(_("Retired"), "ok"),
    "linked": Tag(_("Linked"), "ok"),
    "unchanged": Tag(_("Unchanged"), "quiet"),
    "skipped": Tag(_("Not for this pipeline"), "quiet"),
    "held": Tag(_("Held"), "warn"),
    "waiting": Tag(_("Waiting"), "info"),
    "conflict": Tag(_("Changed on both sides"), "warn"),
    "uncertain": Tag(_("Outcome unknown"), "warn"),
    "failed": Tag(_("Refused"), "bad"),
    "undecided": Tag(_("Not decided yet"), "info"),
}
RECORD: Mapping[str, Tag] = {
    "landed": Tag(_("Read"), "quiet"),
    "applied": Tag(_("In step"), "ok"),
    "skipped": Tag(_("Not for this pipeline"), "quiet"),
} | {state: OUTCOME[state] for state in ("held", "waiting", "conflict", "uncertain", "failed")}
ITEM: Mapping[str, Tag] = {
    "block": Tag(_("Stopped"), "bad"),
    "hold": Tag(_("Held"), "warn"),
    "warn": Tag(_("Worth a look"), "info"),
    "released": Tag(_("Released"), "ok"),
    "resolved": Tag(_("Resolved"), "ok"),
    "void": Tag(_("No longer true"), "quiet"),
}
CHANGE: Mapping[str, Tag] = {
    "open": Tag(_("Waits for a decision"), "info"),
    "applied": Tag(_("Approved"), "ok"),
    "refused": Tag(_("Refused"), "bad"),
    "withdrawn": Tag(_("Withdrawn"), "quiet"),
    "void": Tag(_("No longer valid"), "quiet"),
}
OBJECT: Mapping[str, Text] = {
    "vendor": _("Vendor"),
    "account": _("Account"),
    "dimension": _("Dimension"),
    "tax_code": _("Tax code"),
    "payment_term": _("Payment term"),
    "purchase_order": _("Purchase order"),
    "receipt": _("Receipt"),
    "invoice": _("Invoice"),
    "approval": _("Approval"),
    "payment": _("Payment"),
    "document": _("Document"),
}
_PROBLEM: Mapping[str, Text] = {  # what a run itself finds; policies bring their own labels
    "conflict": _("Changed on both sides"),
    "mapping_fault": _("Cannot be mapped"),
    "rejected": _("Refused by the other system"),
    "uncertain": _("Outcome unknown"),
    "run_unbalanced": _("A run does not balance"),
}


def problem(code: str) -> Text:
    """What an item is about."""
    policy = POLICIES.get(code)
    return policy.label if policy else called(_PROBLEM, code)


def tag_of(tags: Mapping[str, Tag], state: str) -> Tag:
    """The tag; a state nobody named yet shows its own word."""
    return tags.get(state) or Tag(spoken(state), "quiet")


def spoken(code: str) -> str:
    """A code as words: "approved_differs" → "Approved differs"."""
    return code.replace("_", " ").replace(".", " ").capitalize()


def called(names: Mapping[str, Text], code: str) -> Text:
    """The name of a code on screen."""
    return names.get(code) or spoken(code)


def amounts(cells: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> list[Amount]:
    """{currency: amount} as money, without what is nothing, largest first."""
    pairs = cells.items() if isinstance(cells, Mapping) else cells
    found = [Amount(Decimal(str(amount)), currency) for currency, amount in pairs if amount is not None and currency]
    return sorted((one for one in found if one.amount), key=lambda one: -abs(one.amount))
