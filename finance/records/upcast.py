"""Lifts payloads of older schema versions, one version at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from .base import Payload, RecordFault

Upcaster: TypeAlias = Callable[[Payload], Payload]


class Upcasters:
    """Steps by (object, version they lift from). A step gets a copy of the top level."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], Upcaster] = {}

    def step(self, obj: str, *, lifts: int) -> Callable[[Upcaster], Upcaster]:
        """Decorator: `lifts=1` makes a payload of version 1 one of version 2."""

        def register(function: Upcaster) -> Upcaster:
            if (obj, lifts) in self._steps:
                raise ValueError(f"two steps lift {obj} from version {lifts}")
            self._steps[obj, lifts] = function
            return function

        return register

    def lift(self, obj: str, payload: Payload, *, to: int) -> Payload:
        """The payload at version `to`; one without `schema_version` is taken to be current."""
        version = payload.get("schema_version", to)
        if type(version) is not int or version < 1:
            raise RecordFault("schema_version", f"{version!r} is not a version; it is a whole number from 1")
        if version > to:
            raise RecordFault(
                "schema_version",
                f"the record has version {version}, this release knows {to}; upgrade the portal first",
            )
        while version < to:
            payload = self._steps[obj, version](dict(payload))
            version += 1
        return payload

    def complete(self, versions: Mapping[str, int]) -> bool:
        """Whether every older version of every object can be lifted."""
        return all((obj, v) in self._steps for obj, current in versions.items() for v in range(1, current))


UPCASTERS = Upcasters()
