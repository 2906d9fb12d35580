"""Taking in what a client sends: shapes, references, then the rules of each kind of record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from sandbox.calls import typed
from sandbox.errors import invalid
from sandbox.resources import Resource
from sandbox.shapes.scalars import Record
from sandbox.work import Work

Json = dict[str, Any]
Rule = Callable[[Work, Any, Any], None]
RULES: dict[str, Rule] = {}  # by resource: (work, record before or None, record to be kept), raises ApiError


def rule(name: str) -> Callable[[Rule], Rule]:
    """Registers the rule of a resource; it may complete the record it is given."""

    def keep(function: Rule) -> Rule:
        RULES[name] = function
        return function

    return keep


FINISHES: dict[str, Rule] = {}  # by resource: what follows once the record is kept


def finish(name: str) -> Callable[[Rule], Rule]:
    """Registers what follows when a record of the resource was kept."""

    def keep(function: Rule) -> Rule:
        FINISHES[name] = function
        return function

    return keep


def create(work: Work, resource: Resource, data: Json) -> Record:
    """Keeps a new record made of what a client sent."""
    _refuse_kept(resource, data)
    if not resource.shared and not data.get("companyId"):
        raise invalid("Say which company this belongs to (companyId).", field="companyId")
    record = typed(data, resource.shape)
    _check(work, resource, None, record)
    work.add(record)
    _finish(work, resource, None, record)
    return record


def patch(work: Work, resource: Resource, record_id: str, data: Json) -> Record:
    """Overlays the fields that were sent (null clears one). Changing nothing leaves the record untouched."""
    _refuse_kept(resource, data)
    before = work.get(resource.shape, record_id)
    record = typed(_overlaid(msgspec.to_builtins(before), data), resource.shape)
    _check(work, resource, before, record)
    if record == before:
        return before
    work.save(record)
    _finish(work, resource, before, record)
    return record


def _refuse_kept(resource: Resource, data: Json) -> None:
    if kept := sorted(resource.read_only & data.keys()):
        raise invalid(f"{kept[0]} is set by this service; leave it out.", field=kept[0])


def _overlaid(before: Json, data: Json) -> Json:
    after = {**before, **data}
    sent = data.get("companySettings")
    if isinstance(sent, list) and all(
        isinstance(item, dict) and isinstance(item.get("companyId"), str) for item in sent
    ):
        merged = {item["companyId"]: item for item in [*before.get("companySettings", []), *sent]}
        after["companySettings"] = [merged[company] for company in sorted(merged)]
    return after


def _check(work: Work, resource: Resource, before: Record | None, record: Record) -> None:
    if record.company_id is not None and work.missing("companies", [record.company_id]):
        raise invalid(f"There is no company {record.company_id}.", field="companyId")
    data = msgspec.to_builtins(record)
    for path, kind in resource.refs.items():
        ids = dict.fromkeys(value for value in _values(data, path.split(".")) if value)
        if lost := work.missing(kind, ids):
            raise invalid(f"{path}: there is no {lost} among {kind}.", field=path)
    if found := RULES.get(resource.name):
        found(work, before, record)


def _finish(work: Work, resource: Resource, before: Record | None, record: Record) -> None:
    if found := FINISHES.get(resource.name):
        found(work, before, record)


def _values(data: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(data, list):
        for item in data:
            yield from _values(item, path)
    elif not path:
        yield data
    elif isinstance(data, Mapping) and data.get(path[0]) is not None:
        yield from _values(data[path[0]], path[1:])
