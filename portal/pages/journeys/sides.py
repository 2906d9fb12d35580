"""Both systems' values of one record side by side, field by field in canonical words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from finance.catalogue import Field, catalogue
from portal.pages.values import hidden, text_of

_EMPTY: tuple[Any, ...] = (None, "", [], (), {})


@dataclass(frozen=True)
class Pair:
    """One field: what the source says and what the target was last seen to hold."""

    label: str
    path: str
    source: str
    target: str
    differs: bool


Cell = tuple[str, Any, bool]  # label, value, sensitive


def pairs(obj: str, source: Mapping[str, Any], target: Mapping[str, Any] | None) -> list[Pair]:
    """Every field that has a value on either side, in the order of the record."""
    tree = catalogue(obj).tree
    ours, theirs = dict(_cells(tree, source, "", "")), dict(_cells(tree, target or {}, "", ""))
    paths = list(ours) + [path for path in theirs if path not in ours]
    return [_pair(path, ours.get(path), theirs.get(path), target is not None) for path in paths]


def _pair(path: str, ours: Cell | None, theirs: Cell | None, known: bool) -> Pair:
    label = (ours or theirs or ("", None, False))[0]
    differs = known and bool(ours) and bool(theirs) and _plain(ours) != _plain(theirs)
    return Pair(label, path, _shown(ours), _shown(theirs), differs)


def _cells(tree: tuple[Field, ...], values: Mapping[str, Any], path: str, label: str) -> Iterator[tuple[str, Cell]]:
    for field in tree:
        value = values.get(field.name)
        if value in _EMPTY:
            continue
        here, name = f"{path}{field.name}", f"{label}{field.label}"
        if field.children and isinstance(value, list):
            yield from _lines(field, value, here, name)
        elif field.children and isinstance(value, Mapping):
            yield from _cells(field.children, value, f"{here}.", f"{name} · ")
        else:
            yield here, (name, value, field.sensitive)


def _lines(field: Field, lines: list[Mapping[str, Any]], path: str, label: str) -> Iterator[tuple[str, Cell]]:
    for position, line in enumerate(lines, start=1):
        key = ",".join(str(line.get(name, "")) for name in field.identity) or str(position)
        yield from _cells(field.children, line, f"{path}[{key}].", f"{label} {position} · ")


def _plain(cell: Cell | None) -> str:
    return text_of(cell[1]) if cell else ""


def _shown(cell: Cell | None) -> str:
    return text_of(hidden(cell[1]) if cell[2] else cell[1]) if cell else ""
