"""The planner: what to do with each record. Pure; every fact is given, nothing is looked up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from finance.diff import FieldChange, diff
from finance.fingerprint import fingerprint
from finance.records import Invoice, decode
from sync.engine.decisions import Conflict, Create, Decision, Hold, Retire, Skip, Update, Wait
from sync.engine.lifecycle import TAKEN_BACK, phase
from sync.engine.refs import places
from sync.engine.subjects import Finding, Json, Known, Rules, Subject

# Master data may travel without a field that is held; a document goes whole or not at all.
DIVISIBLE = frozenset({"vendor", "account", "dimension", "tax_code", "payment_term"})


@dataclass(frozen=True)
class Gone:
    """The finding for a record that left its source and cannot be retired by itself."""

    code: str = "gone_at_source"
    severity: str = "hold"
    fields: tuple[str, ...] = ()
    message: str = (
        "The record no longer exists in the system it came from. Nothing was changed on the other side. "
        "Decide whether its counterpart should be closed by hand."
    )
    cause_key: str = "gone_at_source"

    @property
    def detail(self) -> Json:
        return {}


@dataclass(frozen=True)
class ChangedAfterPosting(Gone):
    """The finding for an invoice whose approved content changed after it had been posted."""

    code: str = "changed_after_posting"
    message: str = (
        "The invoice was changed after it had been posted. The posting still says what was approved before. "
        "Have the change approved, credit the old posting in the other system and enter the new one."
    )
    cause_key: str = "changed_after_posting"


@dataclass(frozen=True)
class Void(Gone):
    """The finding for a document that was made void after it had been posted and cannot be taken back by itself."""

    code: str = "void_after_posting"
    message: str = (
        "The document was made void after it had been posted in the other system, where it still stands and may be "
        "paid. "
        "Take it back there (credit or cancel it), then take this record again."
    )
    cause_key: str = "void_after_posting"


@dataclass(frozen=True)
class TargetGone(Gone):
    """The finding for a counterpart that was deleted behind our back."""

    code: str = "counterpart_gone"
    message: str = (
        "The counterpart of this record was deleted in the other system. Nothing was written. "
        "Unlink the pair to have it created again, or leave the record out."
    )
    cause_key: str = "counterpart_gone"


def plan(subjects: Sequence[Subject], rules: Rules) -> list[Decision]:
    """One decision per subject, in order."""
    return [decide(subject, rules) for subject in subjects]


def decide(subject: Subject, rules: Rules) -> Decision:
    """The decision for one record. The order of the questions is the order of what costs most when wrong."""
    if subject.record is None:
        return _gone(subject.known, rules)
    if subject.faults:
        return Hold(subject.faults)
    if subject.excluded:
        return Skip("excluded", "A person decided to leave this record out.")
    if subject.phase == "ended" and subject.known is not None and rules.object in TAKEN_BACK:
        return _taken_back(subject.known, rules)
    if subject.known is None and subject.phase != "open":
        return _new(subject, subject.record, (), rules)
    if subject.missing:
        return Wait(subject.missing)
    if subject.known is not None and not rules.may_update:
        return _known(subject.known, subject.record, (), rules)  # written once: rules for writing are past
    held = held_fields(subject, rules)
    if stopping := tuple(f for f in subject.findings if f.severity != "warn" and f not in held):
        return Hold(stopping)
    record = writable(subject, rules)
    if subject.known is None:
        return _new(subject, record, held, rules)
    return _known(subject.known, record, held, rules)


def held_fields(subject: Subject, rules: Rules) -> tuple[Finding, ...]:
    """Findings that keep some fields back and let the rest travel. They stand whatever becomes of the record."""
    if rules.object not in DIVISIBLE:
        return ()
    return tuple(f for f in subject.findings if f.severity == "hold" and f.fields)


def writable(subject: Subject, rules: Rules) -> Json:
    """What may be written: without held fields and without the other side's own, so that nothing overwrites them."""
    record = without(subject.record or {}, held_fields(subject, rules))
    return {name: value for name, value in record.items() if rules.owner(name) == rules.source_side}


def _gone(known: Known | None, rules: Rules) -> Decision:
    if known is None:
        return Skip("never_written", "The record is gone at its source and was never written to the other side.")
    if not rules.may_retire:
        return Hold((Gone(),))
    return Retire(known.target_id)


def _taken_back(known: Known, rules: Rules) -> Decision:
    """A document that was made void after it had been written to the other side."""
    if known.target_now is not None and phase(rules.object, known.target_now) == "ended":
        return Skip("taken_back", "Both sides have taken the document back.")
    return Retire(known.target_id) if rules.may_retire else Hold((Void(),))


def _new(subject: Subject, record: Json, held: tuple[Finding, ...], rules: Rules) -> Decision:
    if subject.phase == "draft":
        return Skip("draft", "The record is still a draft at its source. It travels as soon as it is confirmed there.")
    if subject.phase == "ended":
        return Skip("ended", "The record is closed at its source, so it is not created on the other side.", held)
    if subject.before_cutover:
        return Skip(
            "before_cutover", "The document is older than the cut-over date: it is linked, never written.", held
        )
    if not rules.may_create:
        return Skip("not_created_here", "This pipeline does not create records of this kind.", held)
    return Create(record, held)


def _known(known: Known, record: Json, held: tuple[Finding, ...], rules: Rules) -> Decision:
    if known.target_gone:
        return Hold((TargetGone(),))
    kept = {name for name, ours in known.kept.items() if record.get(name) == ours}
    whole, record = record, {name: value for name, value in record.items() if name not in kept}
    ours = _ours(known, record, rules)
    if not rules.may_update and ours:
        return _fixed(known, whole, rules)
    if not ours:
        return Skip("in_step", "Both sides already hold the same values.", held)
    theirs = _theirs(known, ours, record, rules)
    if theirs:
        return Conflict(ours, theirs)
    shown = ours + _overwritten(known, record, ours, rules)
    return Update(record | _as_kept(known, kept), known.target_id, shown, held)


def _as_kept(known: Known, kept: Collection[str]) -> Json:
    """Their own values for the fields a person let them keep. References of theirs mean nothing here: left absent."""
    theirs = known.target_now or known.target_base or {}
    values = {name: theirs[name] for name in kept if name in theirs}
    return {name: value for name, value in values.items() if not any(places({name: value}))}


def _fixed(known: Known, record: Json, rules: Rules) -> Decision:
    """A record that is never updated once written: only a change of what was approved concerns anybody."""
    if rules.object == "invoice" and known.source_base is not None:
        then, now = (fingerprint(as_invoice(payload)) for payload in (known.source_base, record))
        if then != now:
            return Hold((ChangedAfterPosting(),))
    return Skip("in_step", "What was written stays as it is; only its state moved on.")


def as_invoice(payload: Json) -> Invoice:
    """The payload as a record."""
    record = decode("invoice", payload)
    assert isinstance(record, Invoice)
    return record


def _ours(known: Known, record: Json, rules: Rules) -> tuple[FieldChange, ...]:
    """What the source says otherwise than when the sides last agreed, in fields the source's side owns."""
    if known.source_base is not None:
        found = diff(rules.object, known.source_base, record)
    else:  # linked by matching: measured against what the other side holds now
        found = diff(rules.object, known.target_now or {}, record)
    return tuple(found)


def _theirs(known: Known, ours: tuple[FieldChange, ...], record: Json, rules: Rules) -> tuple[FieldChange, ...]:
    """What the other side changed in the same fields since they last agreed, and not to our value."""
    if known.target_base is None or known.target_now is None:
        return ()
    names = {top(c.path) for c in ours}
    mine = {name: record[name] for name in names if name in record}
    strayed = [c for c in diff(rules.object, known.target_base, known.target_now) if top(c.path) in names]
    not_ours = {top(c.path) for c in diff(rules.object, known.target_now, mine)}
    return tuple(c for c in strayed if top(c.path) in not_ours)


def _overwritten(known: Known, record: Json, ours: tuple[FieldChange, ...], rules: Rules) -> tuple[FieldChange, ...]:
    """What the other side changed in further fields of ours: the write puts it back, so it is shown."""
    if known.target_base is None or known.target_now is None:
        return ()
    shown = {top(c.path) for c in ours}
    strayed = diff(rules.object, known.target_base, known.target_now)
    return tuple(
        replace(c, before=c.after, after=c.before)
        for c in strayed
        if top(c.path) in record and top(c.path) not in shown
    )


def top(path: str) -> str:
    """`lines[id=2].quantity` → `lines`."""
    return path.split(".", 1)[0].split("[", 1)[0]


def without(record: Json, held: tuple[Finding, ...]) -> Json:
    """The record less the held fields: absent, so that they overwrite nothing."""
    names = {top(name) for f in held for name in f.fields}
    return {name: value for name, value in record.items() if name not in names} if names else record
