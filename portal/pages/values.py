"""Values of any shape as short text beside a label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from finance.catalogue import mask
from finance.diff import Mark, diff
from portal.pages.words import spoken

_INTERNAL = frozenset({"digest", "state", "code", "id", "fields", "pair"})
LONGEST = 300


@dataclass(frozen=True)
class Fact:
    """A label and what it says."""

    label: str
    text: str


def facts(values: Mapping[str, Any]) -> list[Fact]:
    """What a person needs of a mapping: no internals, nothing empty."""
    return list(_facts(values, ""))


def _facts(values: Mapping[str, Any], prefix: str) -> Iterator[Fact]:
    for name, value in values.items():
        label = f"{prefix}{spoken(name)}"
        if name in _INTERNAL or value in (None, "", [], {}):
            continue
        if isinstance(value, Mapping):
            yield from _facts(value, f"{label} · ")
        else:
            yield Fact(label, text_of(value))


def text_of(value: Any) -> str:
    """One line."""
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    if isinstance(value, Mapping):
        ref = value.get("natural_key") or value.get("external_id")
        return text_of(ref or [one for one in value.values() if one not in (None, "", [], {})])
    if isinstance(value, (list, tuple)):
        return ", ".join(text_of(one) for one in value)[:LONGEST]
    return str(value)[:LONGEST]


# --------------------------------------------------------------------------------------------------- before and after
@dataclass(frozen=True)
class Difference:
    """One field before and after, as text; what is sensitive keeps its last four characters."""

    label: str
    path: str
    before: str
    after: str


def difference(change: Mapping[str, Any]) -> Difference:
    """From a change as an entry or an item keeps it."""
    hide = bool(change.get("sensitive"))
    path = str(change.get("path") or change.get("field", ""))
    return Difference(
        change.get("label") or spoken(path), path, _side(change.get("before"), hide), _side(change.get("after"), hide)
    )


def differences(obj: str, old: Mapping[str, Any], new: Mapping[str, Any], only: Iterable[str] = ()) -> list[Difference]:
    """What differs between two canonical records; with `only`, in these top-level fields."""
    tops = {_top(path) for path in only}
    found = (change for change in diff(obj, old, new) if not tops or _top(change.path) in tops)
    return [Difference(c.label, c.path, _side(c.before, c.sensitive), _side(c.after, c.sensitive)) for c in found]


def hidden(value: Any) -> Any:
    """The value with every text in it shortened to its last four characters."""
    if isinstance(value, Mapping):
        return {name: hidden(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [hidden(one) for one in value]
    return mask(value) if isinstance(value, str) else value


def _side(value: Any, hide: bool) -> str:
    bare = None if isinstance(value, Mark) else value
    return "" if bare is None else text_of(hidden(bare) if hide else bare)


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]
