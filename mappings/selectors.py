"""Mappings ready to use: compiled once per version and crosswalk revision, per tenant."""

from __future__ import annotations

from collections.abc import Mapping as Table
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from mappings.engine import Compiled, compile_mapping
from mappings.models import CrosswalkEntry, Mapping, MappingVersion
from mappings.states import Layer, VersionState
from tenancy.context import require_tenant

Json = dict[str, Any]


class NotMapped(LookupError):
    """A version says nothing about an object in a direction."""


def effective(version_id: UUID) -> Json:
    """`{"objects": {object: {"in": spec, "out": spec}}}` of a published version."""
    return MappingVersion.objects.values_list("effective", flat=True).get(pk=version_id) or {"objects": {}}


def crosswalks(customer_id: UUID | None = None) -> dict[str, dict[str, str]]:
    """Every crosswalk by name; a customer's own entries come before the partner's."""
    found: dict[str, dict[str, str]] = {}
    rows = CrosswalkEntry.objects.filter(crosswalk__customer__in=[customer_id]) if customer_id else None
    shared = CrosswalkEntry.objects.filter(crosswalk__customer=None)
    for entries in (shared, rows):
        for name, source, target in entries.values_list("crosswalk__name", "source", "target") if entries else ():
            found.setdefault(name, {})[source] = target
    return found


def compiled(version_id: UUID, obj: str, direction: str, *, customer_id: UUID | None = None) -> Compiled:
    """The mapping of one object in one direction, ready to apply. Raises NotMapped."""
    spec = effective(version_id).get("objects", {}).get(obj, {}).get(direction)
    if spec is None:
        raise NotMapped(f"This mapping version says nothing about {obj.replace('_', ' ')} ({direction}).")
    return _compiled(require_tenant(), _key(spec), _key(crosswalks(customer_id)))


def _key(value: Json) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


@lru_cache(maxsize=512)
def _compiled(schema: str, spec: str, tables: str) -> Compiled:
    """`schema` is part of the key: one tenant's crosswalk never answers another's look-up."""
    lookups: Table[str, Table[str, str]] = orjson.loads(tables)
    return compile_mapping(orjson.loads(spec), lookups)


def optional(version_id: UUID, obj: str, direction: str) -> Compiled | None:
    """Like `compiled`, None where the version says nothing about it."""
    try:
        return compiled(version_id, obj, direction)
    except NotMapped:
        return None


def newest(system: str, domain: str, *, customer_id: UUID | None = None) -> MappingVersion:
    """The published version a new pipeline starts with: the customer's layer, else the partner's, else the template."""
    for layer, customer in ((Layer.CUSTOMER, customer_id), (Layer.PARTNER, None), (Layer.TEMPLATE, None)):
        found = MappingVersion.objects.filter(
            mapping__system=system, mapping__domain=domain, mapping__layer=layer, mapping__customer=customer,
            state=VersionState.PUBLISHED,
        ).order_by("-number")  # fmt: skip
        if (version := found.first()) is not None:
            return version
    known = Mapping.objects.filter(system=system).values_list("domain", flat=True)
    raise NotMapped(f"No mapping of {system} for {domain} is published; there are: {', '.join(known) or 'none'}.")
