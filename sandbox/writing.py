"""Taking in what a client sends: shapes, references, then the rules of each kind of record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from sandbox.errors import ApiError, invalid
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


def create(work: Work, resource: Resource, data: Json) -> Record:
    """Keeps a new record made of what a client sent."""
    _refuse_kept(resource, data)
    if not resource.shared and not data.get("companyId"):
        raise invalid("Say which company this belongs to (companyId).", field="companyId")
    record = shaped(resource, data)
    _check(work, resource, None, record)
    return work.add(record)


def patch(work: Work, resource: Resource, record_id: str, data: Json) -> Record:
    """Overlays the fields that were sent (null clears one). Changing nothing leaves the record untouched."""
    _refuse_kept(resource, data)
    before = work.get(resource.shape, record_id)
    record = shaped(resource, _overlaid(msgspec.to_builtins(before), data))
    _check(work, resource, before, record)
    return before if record == before else work.save(record)


def shaped(resource: Resource, data: Json) -> Record:
    """The typed record; raises 422 naming the field."""
    try:
        return msgspec.convert(data, resource.shape)
    except msgspec.ValidationError as fault:
        raise _named(str(fault)) from fault


def _named(text: str) -> ApiError:
    reason, _, path = text.partition(" - at `$.")
    stem = path.rstrip("`")
    unknown = re.search(r"field `([^`]+)`", reason)
    name = ".".join(part for part in (stem, unknown.group(1) if unknown else "") if part)
    return invalid(f"{name or 'The body'}: {reason}.", field=name or None)


def _refuse_kept(resource: Resource, data: Json) -> None:
    if kept := sorted(resource.read_only & data.keys()):
        raise invalid(f"{kept[0]} is set by this service; leave it out.", field=kept[0])


def _overlaid(before: Json, data: Json) -> Json:
    after = {**before, **data}
    if isinstance(data.get("companySettings"), list):
        sent = {item.get("companyId"): item for item in data["companySettings"] if isinstance(item, dict)}
        others = [item for item in before["companySettings"] if item["companyId"] not in sent]
        after["companySettings"] = sorted([*others, *sent.values()], key=lambda item: str(item.get("companyId")))
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


def _values(data: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(data, list):
        for item in data:
            yield from _values(item, path)
    elif not path:
        yield data
    elif isinstance(data, Mapping) and data.get(path[0]) is not None:
        yield from _values(data[path[0]], path[1:])
