"""Asking for a change, deciding on it, and writing down who did what. Each verb is one transaction with its audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from governance.audit import content_of
from governance.chain import START, active_key_id, digest_of, mac_of, masked, plain
from governance.kinds import ChangeKind, SubjectChanged, kind_of
from governance.locks import serialise
from governance.models import AuditEntry, ChangeRequest, Decision
from governance.selectors import require_may_decide
from governance.states import EXPIRES_AFTER_DAYS, Outcome
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.clock import db_now
from tenancy.context import require_tenant


class DecisionRefused(Exception):
    """The decision cannot be made as it was asked for; nothing changed. `sentence` is for the person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def key_of(actor: Actor) -> str:
    """Names an actor in one word: "user:<id>", "operator:<id>" or "system"."""
    return f"{actor.kind}:{actor.id}" if actor.id else actor.kind


# ------------------------------------------------------------------------------------------------------------- audit
def record_audit(
    *,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: object,
    customer_id: UUID | None = None,
    data: Mapping[str, Any],
) -> AuditEntry:
    """Appends to the tenant's chain in the caller's transaction; values named like secrets are masked.

    Holds the chain until the transaction ends, so call it last.
    """
    with transaction.atomic():
        serialise("audit")
        last = AuditEntry.objects.order_by("-seq").first()
        entry = AuditEntry(
            created_at=db_now(),
            seq=last.seq + 1 if last else 1,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_label=actor.label,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            customer_id=customer_id,
            data=masked(data),
            key_id=active_key_id(),
        )
        content = content_of(entry, last.mac if last else START)
        entry.mac = mac_of(content, key_id=entry.key_id, schema=require_tenant())
        entry.save(force_insert=True)
    return entry


# --------------------------------------------------------------------------------------------------- change requests
@transaction.atomic
def request_change(
    *,
    actor: Actor,
    kind: str,
    subject_type: str,
    subject_id: object,
    payload: Mapping[str, Any],
    shown: Mapping[str, Any],
    customer_id: UUID | None = None,
    reason: str = "",
) -> ChangeRequest:
    """Asks for a change, pinned to what was shown.

    Asking again for the same thing returns the open request; asking while something else about the same subject is
    open voids the older request.
    """
    registered = kind_of(kind)
    serialise("change", kind, str(subject_id))
    wanted = {"payload": plain(payload), "shown": plain(shown)}
    for older in ChangeRequest.objects.open(db_now()).filter(kind=kind, subject_id=str(subject_id)):
        if {"payload": older.payload, "shown": older.shown} == wanted:
            return older
        _close(older, SYSTEM, Outcome.VOID, _("Something newer about the same subject was asked for."))
    change = ChangeRequest.objects.create(
        kind=kind,
        subject_type=subject_type,
        subject_id=str(subject_id),
        customer_id=customer_id,
        author_key=key_of(actor),
        author_label=actor.label,
        shown_digest=digest_of(shown),
        reason=reason,
        expires_at=db_now() + timedelta(days=EXPIRES_AFTER_DAYS),
        **wanted,
    )
    _audit(change, actor, "change.requested", {"label": registered.label, "reason": reason})
    return change


@transaction.atomic
def decide(*, actor: Actor, change_request_id: UUID, approve: bool, comment: str = "", shown_digest: str) -> Decision:
    """Approves (and applies at once) or refuses. Void where the subject is no longer as it was shown."""
    change = _open_change(change_request_id)
    kind = kind_of(change.kind)
    require_may_decide(actor, key_of(actor), change, kind)
    if shown_digest != change.shown_digest:
        raise DecisionRefused(_("What you were shown is not what was asked for. Open the request again and look anew."))
    if change.expires_at <= db_now():
        return _close(change, SYSTEM, Outcome.VOID, _("Nobody decided in time. Ask again if it is still wanted."))
    if not approve:
        return _close(change, actor, Outcome.REFUSED, comment)
    return _approve(change, kind, actor, comment)


@transaction.atomic
def withdraw(*, actor: Actor, change_request_id: UUID, comment: str = "") -> Decision:
    """Takes back one's own request."""
    change = _open_change(change_request_id)
    if change.author_key != key_of(actor):
        raise DecisionRefused(
            _("Only %(author)s, who asked for it, can withdraw this request.") % {"author": change.author_label}
        )
    return _close(change, actor, Outcome.WITHDRAWN, comment)


@transaction.atomic
def void_change(*, change_request_id: UUID, because: str) -> Decision:
    """Ends a request whose subject moved on."""
    return _close(_open_change(change_request_id), SYSTEM, Outcome.VOID, because)


def _open_change(change_request_id: UUID) -> ChangeRequest:
    change = ChangeRequest.objects.get(pk=change_request_id)
    serialise("change", change.kind, change.subject_id)
    decision = Decision.objects.filter(change=change).first()
    if decision:
        facts = {"decider": decision.decider_label, "outcome": decision.get_outcome_display()}
        raise DecisionRefused(_("%(decider)s was first: %(outcome)s. Nothing is left to decide.") % facts)
    return change


def _approve(change: ChangeRequest, kind: ChangeKind, actor: Actor, comment: str) -> Decision:
    try:
        with transaction.atomic():
            if kind.shows and digest_of(kind.shows(change)) != change.shown_digest:
                raise SubjectChanged(_("What it is about has changed since the request was made. Ask again."))
            decision = _close(change, actor, Outcome.APPLIED, comment)
            kind.apply(change, actor)
            return decision
    except SubjectChanged as moved:
        return _close(change, SYSTEM, Outcome.VOID, moved.sentence)


def _close(change: ChangeRequest, actor: Actor, outcome: Outcome, comment: str) -> Decision:
    decision = Decision.objects.create(
        change=change,
        author_key=change.author_key,
        shown_digest=change.shown_digest,
        decider_key=key_of(actor),
        decider_label=actor.label,
        outcome=outcome,
        comment=comment,
    )
    _audit(change, actor, f"change.{outcome}", {"author": change.author_label, "comment": comment})
    return decision


def _audit(change: ChangeRequest, actor: Actor, action: str, data: dict[str, Any]) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_type=change.subject_type,
        object_id=change.subject_id,
        customer_id=change.customer_id,
        data=data | {"change": str(change.pk), "kind": change.kind, "shown_digest": change.shown_digest},
    )
