"""References inside a canonical payload: found, resolved to the other side's ids, and told which must wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sync.engine.subjects import Json, Missing

# A record of the kind on the left is not written before these parents, where it names them, have a counterpart.
PARENTS: Mapping[str, frozenset[str]] = {
    "purchase_order": frozenset({"vendor"}),
    "receipt": frozenset({"vendor", "purchase_order", "order_line"}),
    "invoice": frozenset({"vendor", "purchase_order", "order_line", "account", "dimension_value", "tax_code"}),
    "approval": frozenset({"invoice"}),
    "payment": frozenset({"invoice"}),
}

# Parts of a record that other records point at: where they are, what they are called, what pairs them across sides.
CHILDREN: Mapping[str, tuple[str, str, str]] = {
    "purchase_order": ("lines", "order_line", "line_number"),
    "receipt": ("lines", "receipt_line", "line_number"),
    "dimension": ("values", "dimension_value", "code"),
}


class Place(NamedTuple):
    """A reference and where it stands."""

    path: str
    ref: Json


def is_ref(value: Any) -> bool:
    """Whether a payload value is a reference (see `finance.records.Ref`)."""
    return isinstance(value, dict) and "object" in value and ("external_id" in value or "natural_key" in value)


def places(payload: Json) -> Iterator[Place]:
    """Every reference of a payload with its path."""
    stack: list[tuple[str, Any]] = [("", payload)]
    while stack:
        path, value = stack.pop()
        if is_ref(value):
            yield Place(path, value)
        elif isinstance(value, dict):
            stack.extend((f"{path}.{k}" if path else k, v) for k, v in value.items() if isinstance(v, dict | list))
        elif isinstance(value, list):
            stack.extend((f"{path}[{i}]", v) for i, v in enumerate(value))


Resolve = Callable[[Json], str | None]


def resolved(value: Any, resolve: Resolve) -> Any:
    """The payload with `target_id` on every reference that has a counterpart; the payload itself is not changed."""
    if is_ref(value):
        target = resolve(value)
        return value if target is None else {**value, "target_id": target}
    if isinstance(value, dict):
        return {k: resolved(v, resolve) if isinstance(v, dict | list) else v for k, v in value.items()}
    if isinstance(value, list):
        return [resolved(v, resolve) for v in value]
    return value


def missing(obj: str, payload: Json, resolve: Resolve) -> tuple[Missing, ...]:
    """The parents this record has to wait for, each once."""
    parents = PARENTS.get(obj, frozenset())
    found: dict[tuple[str, str, str], Missing] = {}
    for path, ref in places(payload):
        if ref["object"] in parents and resolve(ref) is None:
            key = (ref["object"], ref.get("external_id", ""), ref.get("natural_key", ""))
            found.setdefault(key, Missing(*key, path))
    return tuple(found.values())


def pairs(obj: str, source: Json, target: Json) -> Iterator[tuple[str, str, str]]:
    """(child object, source's id, target's id) for each part both sides hold, paired by what people read."""
    if obj not in CHILDREN:
        return
    name, child, by = CHILDREN[obj]
    theirs = {str(part.get(by)): part["id"] for part in target.get(name) or () if part.get(by) not in (None, "")}
    for part in source.get(name) or ():
        if (other := theirs.get(str(part.get(by)))) is not None:
            yield child, str(part["id"]), str(other)
