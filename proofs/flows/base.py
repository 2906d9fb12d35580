"""What every flow of the proofs is made of: plain Python; the model shares no code with the product."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

Json = dict[str, Any]
Rows = dict[str, dict[str, Json]]  # the target's kind → natural key → the values that must be there


@dataclass
class Scene:
    """The source's records by object, as (external id, body), and what must be in the target in the end."""

    erp: dict[str, dict[str, Json]] = field(default_factory=dict)
    expected: Rows = field(default_factory=dict)
    created: dict[str, int] = field(default_factory=dict)  # the target's kind → creates this run must make

    def put(self, obj: str, external_id: str, body: Json) -> None:
        """Adds or changes a record of the source."""
        rows = self.erp.setdefault(obj, {})
        rows[external_id] = {**rows.get(external_id, {}), **body}

    def expect(self, kind: str, key: str, values: Json) -> None:
        """The target must hold this."""
        self.expected.setdefault(kind, {})[key] = values


class Flow(ABC):
    """One workflow domain. `before` fills what both sides hold at the start, `change` what the proved run carries."""

    name: ClassVar[str]
    domain: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()  # domains whose records must be there first
    kinds: ClassVar[Mapping[str, str]]  # the target's kind → the field both sides know a record by
    inbound: ClassVar[Mapping[str, Sequence[Json]]]  # object → fields of the mapping from the twin's bodies

    @abstractmethod
    def before(self, scene: Scene, draw: random.Random) -> None:
        """The source as the first load found it."""

    @abstractmethod
    def change(self, scene: Scene, draw: random.Random, size: int) -> None:
        """What happened in the source since."""

    @abstractmethod
    def held(self, kind: str, record: Json) -> Json:
        """The values of a target's record that the model speaks of."""


def mapping(flow: Flow) -> Json:
    """The inbound mapping of a flow's domain as a version's content."""
    objects = {
        obj: {"in": {"language": 1, "object": obj, "direction": "in", "fields": list(fields)}}
        for obj, fields in flow.inbound.items()
    }
    return {"objects": objects}


def same(*names: str) -> list[Json]:
    """Fields that are called alike on both sides."""
    return [{"to": name, "expr": name} for name in names]
