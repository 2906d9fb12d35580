"""Changing a crosswalk. Entries are looked up by mappings that are in use, so a second person decides on a change;
only a crosswalk that no published mapping looks into is changed at once."""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.kinds import change_kind
from governance.models import ChangeRequest
from governance.services import record_audit, request_change
from mappings.models import Crosswalk, CrosswalkEntry
from mappings.selectors import uses_of
from mappings.services import MappingRefused
from tenancy.accounts.actors import Actor
from tenancy.accounts.roles import Role
from tenancy.accounts.selectors import require
from tenancy.history import signed

CHANGE = "crosswalk.change"
LONGEST = 200  # characters of a source or target
Entries = Table[str, str | None]  # source → target, None takes the entry away


@transaction.atomic
def change_crosswalk(
    *, actor: Actor, name: str, entries: Entries, customer_id: UUID | None = None, reason: str = ""
) -> ChangeRequest | None:
    """Asks for a change of a crosswalk's entries; None where it needed nobody else and is done.

    A name that does not exist yet makes a crosswalk: the partner's, or with a customer that customer's own."""
    require(actor, "mappings.edit", customer_id=customer_id)
    _refuse_odd(name, entries)
    if not uses_of(name):
        _write(actor, name, entries, customer_id, reason)
        return None
    return request_change(
        actor=actor,
        kind=CHANGE,
        subject_type="crosswalk",
        subject_id=f"{name}/{customer_id or ''}",
        customer_id=customer_id,
        payload={"name": name, "customer": str(customer_id or ""), "entries": dict(entries)},
        shown=_shown(name, entries, customer_id),
        reason=reason,
    )


def _refuse_odd(name: str, entries: Entries) -> None:
    if not name.replace("_", "").replace("-", "").isalnum() or len(name) > 60:
        raise MappingRefused(f"“{name[:60]}” cannot be a crosswalk's name; use up to 60 letters, digits, - and _.")
    if not entries:
        raise MappingRefused("No entry is given. Name at least one value and what it becomes.")
    for source, target in entries.items():
        if not source or max(len(source), len(target or "")) > LONGEST:
            raise MappingRefused(f"“{source[:60]}”: a value has 1 to {LONGEST} characters on both sides.")


def _shown(name: str, entries: Entries, customer_id: UUID | None) -> dict[str, Any]:
    """What a decider sees: every entry before and after, and the mappings that look it up."""
    known = _entries(name, customer_id)
    changes = [{"source": s, "before": known.get(s), "after": t} for s, t in sorted(entries.items())]
    return {"crosswalk": name, "entries": changes, "used_by": sorted({v.mapping.name for v in uses_of(name)})}


def _entries(name: str, customer_id: UUID | None) -> dict[str, str]:
    found = CrosswalkEntry.objects.filter(crosswalk__name=name, crosswalk__customer=customer_id)
    return dict(found.values_list("source", "target"))


def _asked(change: ChangeRequest) -> tuple[str, Entries, UUID | None]:
    wanted = change.payload
    return wanted["name"], wanted["entries"], UUID(wanted["customer"]) if wanted["customer"] else None


@change_kind(
    CHANGE,
    label="Change a crosswalk that mappings look into",
    deciders=(Role.OWNER, Role.PARTNER_ADMIN, Role.APPROVER, Role.CUSTOMER_CONTROLLER),
    shows=lambda change: _shown(*_asked(change)),
)
def apply_change(change: ChangeRequest, actor: Actor) -> None:
    """Writes the entries; the records concerned are mapped anew at the next run."""
    _write(actor, *_asked(change), change.reason)


def _write(actor: Actor, name: str, entries: Entries, customer_id: UUID | None, reason: str) -> None:
    crosswalk, _ = Crosswalk.objects.get_or_create(name=name, customer_id=customer_id)
    known = {entry.source: entry for entry in crosswalk.entries.select_for_update()}
    for source, target in entries.items():
        entry = known.get(source) or CrosswalkEntry(crosswalk=crosswalk, source=source)
        signed(entry, actor_id=actor.id, reason=reason)
        if target is not None:
            entry.target = target
            entry.save()
        elif source in known:
            entry.delete()
    record_audit(
        actor=actor, action="crosswalk.changed", object_type="crosswalk", object_id=crosswalk.pk,
        customer_id=customer_id, data={"crosswalk": name, "entries": dict(entries), "reason": reason},
    )  # fmt: skip
