"""What the planner answers: exactly one decision per subject."""

from __future__ import annotations

from dataclasses import dataclass

from finance.diff import FieldChange
from sync.engine.subjects import Finding, Json, Missing


@dataclass(frozen=True)
class Create:
    """Write a new record; `held` findings keep their fields out of it."""

    record: Json
    held: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Update:
    """Write the record over its counterpart."""

    record: Json
    target_id: str
    changes: tuple[FieldChange, ...]
    held: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Retire:
    """Deactivate or cancel the counterpart."""

    target_id: str


@dataclass(frozen=True)
class Skip:
    """Nothing to write. `reason` is a code, `sentence` says it to a person."""

    reason: str
    sentence: str
    held: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Hold:
    """The whole record stops until a person has looked."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Wait:
    """The record goes on by itself when its parents have arrived."""

    missing: tuple[Missing, ...]


@dataclass(frozen=True)
class Conflict:
    """Both sides changed the same field to different values since they last agreed."""

    changes: tuple[FieldChange, ...]
    theirs: tuple[FieldChange, ...]


Decision = Create | Update | Retire | Skip | Hold | Wait | Conflict
