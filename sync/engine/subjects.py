"""What the planner is given: one subject per landed record, with everything known about it, already fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sync.engine.lifecycle import Phase

Json = dict[str, Any]


class Finding(Protocol):
    """What a policy found (see `finance.policies`)."""

    @property
    def code(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def fields(self) -> tuple[str, ...]: ...
    @property
    def message(self) -> str: ...
    @property
    def cause_key(self) -> str: ...
    @property
    def detail(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Missing:
    """A parent that has no counterpart on the other side yet."""

    object: str
    external_id: str
    natural_key: str
    path: str


@dataclass(frozen=True)
class Known:
    """What the link says: the counterpart's id and the canonical values last observed on each side."""

    target_id: str
    source_base: Json | None = None
    target_base: Json | None = None
    target_now: Json | None = None  # read just now; None where it was not asked for
    target_gone: bool = False
    kept: Mapping[str, Any] = field(default_factory=dict)  # field → our value over which a person kept theirs


@dataclass(frozen=True)
class Subject:
    """One record to decide on. `record` is the canonical payload, None where the source says it is gone."""

    key: str
    record: Json | None
    known: Known | None = None
    missing: tuple[Missing, ...] = ()
    faults: tuple[Finding, ...] = ()  # why the record could not be read at all
    findings: tuple[Finding, ...] = ()
    before_cutover: bool = False
    excluded: bool = False  # a person said to leave it out
    phase: Phase = "open"


@dataclass(frozen=True)
class Rules:
    """What this pipeline may do with this object, and who owns which field."""

    object: str
    may_create: bool = True
    may_update: bool = True
    may_retire: bool = False
    source_side: str = "erp"
    owners: Mapping[str, str] = field(default_factory=dict)  # top-level field → "erp" | "ap"; others: the source

    def owner(self, name: str) -> str:
        """The side that owns a top-level field."""
        return self.owners.get(name, self.source_side)
