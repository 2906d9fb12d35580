"""Says everything that is wrong with a mapping before it meets a record."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from finance.catalogue import catalogue
from mappings.engine.call import Crosswalks
from mappings.engine.faults import Problem
from mappings.engine.lineage import field_sources
from mappings.engine.plan import Plan, make_plan
from mappings.engine.spec import every_field, read_spec

_REFERENCE = ("object", "system", "external_id", "natural_key", "target_id")


def validate(
    spec: Any,
    *,
    source_fields: Collection[str] | None = None,
    target_fields: Collection[str] | None = None,
    crosswalks: Crosswalks | None = None,
) -> list[Problem]:
    """Every problem, each naming its field and the remedy. Field paths are dotted, a list ends in [], like
    `lines[].amount`. Without `crosswalks` every name of a crosswalk is taken to exist."""
    read, problems = read_spec(spec)
    plan, more = make_plan(read, _Any() if crosswalks is None else crosswalks)
    problems += more
    if target_fields is not None:
        problems += _unknown_targets(plan, target_fields)
    if source_fields is not None:
        problems += _unknown_sources(plan, source_fields)
    return problems


class _Any(dict[str, Mapping[str, str]]):
    """Crosswalks of every name, without entries."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Mapping[str, str]:
        return {}


def canonical_fields(obj: str) -> set[str]:
    """Every field path of a canonical record; references with what a target's mapping may read of them."""
    found: set[str] = set()
    for field in catalogue(obj).fields():
        found.add(field.path)
        if field.kind == "reference":
            found |= {f"{field.path}.{name}" for name in _REFERENCE}
    return found


def _unknown_targets(plan: Plan, known: Collection[str]) -> Iterator[Problem]:
    paths = _bare(known)
    for one in every_field(plan.spec.fields):
        if one.path.replace("[]", "") not in paths:
            yield Problem(one.path, f"the target has no field “{one.path}”{_nearest(one.path, known)}")


def _unknown_sources(plan: Plan, known: Collection[str]) -> Iterator[Problem]:
    paths = _bare(known)
    for target, sources in field_sources(plan).items():
        for path in sources:
            if path.replace("[]", "") not in paths:
                yield Problem(target, f"the source has no field “{path}”{_nearest(path, known)}")


def _bare(paths: Collection[str]) -> set[str]:
    """The paths without list marks, with every group and list they stand in."""
    split = [path.replace("[]", "").split(".") for path in paths]
    return {".".join(parts[:end]) for parts in split for end in range(1, len(parts) + 1)}


def _nearest(path: str, known: Collection[str]) -> str:
    found = difflib.get_close_matches(path, known, n=1)
    return f"; did you mean “{found[0]}”?" if found else "; remove it or choose a field of the list"
