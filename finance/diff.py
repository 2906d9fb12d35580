"""What changed between versions of a record, field by field, and whose change it is.

Absent fields say nothing and never differ; None, "" and () are one and the same emptiness; amounts are compared as
numbers, references by what they point at, lines by their identity wherever they stand.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from finance.catalogue import Field, catalogue
from finance.sameness import ABSENT, EMPTY, REMOVED, Mark, line_key, same_line, same_value

__all__ = [
    "ABSENT",
    "REMOVED",
    "ChangeKind",
    "Decision",
    "FieldChange",
    "Mark",
    "Owner",
    "Verdict",
    "diff",
    "three_way",
]

ChangeKind: TypeAlias = Literal["set", "changed", "emptied", "line_added", "line_removed", "line_moved"]
Verdict: TypeAlias = Literal["update", "echo", "conflict", "unchanged"]
Owner: TypeAlias = Literal["source", "target", "shared"]


@dataclass(frozen=True)
class FieldChange:
    """`path` names lines by identity, `lines[id=2].quantity`. A moved line carries its positions, from 0."""

    path: str
    before: Any
    after: Any
    kind: ChangeKind
    label: str = ""
    sensitive: bool = False


@dataclass(frozen=True)
class Decision:
    """What to do about one field, with the three values it was decided on and the reason in words."""

    path: str
    verdict: Verdict
    base: Any
    source: Any
    target: Any
    reason: str
    sensitive: bool = False


@dataclass(frozen=True)
class _Spot:
    """One place of the record with its value in each of the compared versions."""

    path: str
    field: Field
    values: tuple[Any, ...]
    is_line: bool = False

    def same(self, a: Any, b: Any) -> bool:
        return same_line(self.field, a, b) if self.is_line else same_value(self.field, a, b)


def diff(obj: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldChange]:
    """Changes from `old` to `new` in the order of the record; an added or removed line is one change."""
    changes = [
        FieldChange(spot.path, before, after, _change_kind(spot), spot.field.label, spot.field.sensitive)
        for spot in _spots(catalogue(obj).tree, (old, new), "")
        for before, after in (spot.values,)
        if after is not ABSENT and not spot.same(before, after)
    ]
    return changes + list(_moves(catalogue(obj).tree, old, new, ""))


def three_way(
    obj: str,
    *,
    base: Mapping[str, Any],
    source: Mapping[str, Any],
    target: Mapping[str, Any],
    target_base: Mapping[str, Any] | None = None,
    owner: Owner | Mapping[str, Owner] = "source",
) -> list[Decision]:
    """One decision per field any of the versions holds; a part that is equal in all of them is one.

    `base`: the canonical values last observed in the source.

    `target_base`: those last observed in the target, where it spells values its own way (default: as in `base`).
    `owner` says whose word counts, for the record or by catalogue path (`lines[].splits`, "" for the rest).
    """
    versions = (base, base if target_base is None else target_base, source, target)
    return [
        Decision(path=spot.path, sensitive=spot.field.sensitive, **decided)
        for spot in _spots(catalogue(obj).tree, versions, "")
        for decided in (_decide(spot, _owner(owner, spot.field.path)),)
    ]


def _decide(spot: _Spot, whose: Owner) -> dict[str, Any]:
    base, target_base, source, target = spot.values
    moved = base is ABSENT or not spot.same(base, source)
    strayed = target is not ABSENT and (target_base is ABSENT or not spot.same(target_base, target))
    alike = target is not ABSENT and spot.same(source, target)
    verdict, reason = _judge(source is ABSENT, alike, moved, strayed, whose, base is ABSENT)
    return {"verdict": verdict, "reason": reason, "base": base, "source": source, "target": target}


def _judge(silent: bool, alike: bool, moved: bool, strayed: bool, whose: Owner, baseless: bool) -> tuple[Verdict, str]:
    """`moved`: the source left what was last observed there; `strayed`: the target did."""
    if silent:
        return "unchanged", "the source says nothing about it"
    if not moved and not strayed:
        return "unchanged", "nothing changed"
    if alike:
        return "echo", "both sides already hold this value"
    if whose == "target":
        return "unchanged", "the target owns this field"
    if not strayed:
        return "update", "the source changed it"
    if whose == "source":
        return "update", "the source owns this field; what the target holds is replaced"
    return ("conflict", _CONFLICT[baseless]) if moved else ("unchanged", "only the target changed it")


_CONFLICT = {
    True: "the two sides differ and nobody knows what they last agreed on; a person decides",
    False: "both sides changed it differently; a person decides",
}


# -------------------------------------------------------------------------------------------------------- the walk
def _spots(tree: Sequence[Field], versions: Sequence[Any], prefix: str) -> Iterator[_Spot]:
    for field in tree:
        values = tuple(_read(version, field.name) for version in versions)
        if all(value is ABSENT for value in values):
            continue
        path = f"{prefix}{field.name}"
        if all(value == values[0] for value in values):
            yield _Spot(path, field, values)
        elif field.identity and field.kind == "list" and any(values):
            yield from _line_spots(field, values, path)
        elif field.children and field.kind == "group" and _groups(values):
            yield from _spots(field.children, values, f"{path}.")
        else:
            yield _Spot(path, field, values)


def _line_spots(field: Field, lists: tuple[Any, ...], path: str) -> Iterator[_Spot]:
    """Lines that every version with the list has are looked into; others are added or removed as a whole."""
    keyed = [None if value is ABSENT else {line_key(field, line): line for line in value or ()} for value in lists]
    for key in dict.fromkeys(key for lines in keyed for key in lines or ()):
        found = tuple(ABSENT if lines is None else lines.get(key, REMOVED) for lines in keyed)
        here = f"{path}[{_spoken_key(field, key)}]"
        if isinstance(found[-1], Mark) or isinstance(found[-2], Mark):
            yield _Spot(here, field, found, is_line=True)
        else:
            inner = tuple(ABSENT if line is REMOVED else line for line in found)
            yield from _spots(field.children, inner, f"{here}.")


def _read(version: Any, name: str) -> Any:
    return ABSENT if version is ABSENT else version.get(name, ABSENT)


def _groups(values: tuple[Any, ...]) -> bool:
    """Whether a group may be looked into: no version has it emptied."""
    return all(value is ABSENT or value for value in values)


def _spoken_key(field: Field, key: tuple[Any, ...]) -> str:
    return ",".join(f"{name}={value}" for name, value in zip(field.identity, key, strict=True))


# ----------------------------------------------------------------------------------------------------------- words
def _change_kind(spot: _Spot) -> ChangeKind:
    before, after = spot.values
    if spot.is_line:
        return "line_removed" if after is REMOVED else "line_added"
    if after in EMPTY:
        return "emptied"
    return "set" if before is ABSENT or before in EMPTY else "changed"


def _moves(tree: Sequence[Field], old: Any, new: Any, prefix: str) -> Iterator[FieldChange]:
    """Lines whose order among the kept ones changed: as few as explain the new order."""
    for field in tree:
        before, after = old.get(field.name), new.get(field.name)
        if before == after or not (field.identity and field.kind == "list" and before and after):
            continue
        places = {line_key(field, line): place for place, line in enumerate(before)}
        kept = [(line_key(field, line), place) for place, line in enumerate(after) if line_key(field, line) in places]
        stayed = _longest_rising([places[key] for key, _ in kept])
        for key, place in kept:
            path = f"{prefix}{field.name}[{_spoken_key(field, key)}]"
            if places[key] not in stayed:
                yield FieldChange(path, places[key], place, "line_moved", field.label)
            yield from _moves(field.children, before[places[key]], after[place], f"{path}.")


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The longest subsequence that rises: what can be said to have stayed."""
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_left(tails, number)
        before[number] = tails[place - 1] if place else None
        tails[place : place + 1] = [number]
    stayed: set[int] = set()
    last: int | None = tails[-1] if tails else None
    while last is not None:
        stayed.add(last)
        last = before[last]
    return stayed


def _owner(owner: Owner | Mapping[str, Owner], path: str) -> Owner:
    """The most specific entry that covers the catalogue path."""
    if isinstance(owner, str):
        return owner
    covering = [key for key in owner if not key or path == key or path.startswith((f"{key}.", f"{key}["))]
    return owner[max(covering, key=len)] if covering else "source"
