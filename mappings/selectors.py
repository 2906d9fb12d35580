"""Mappings ready to use: compiled once per version and crosswalk revision, per tenant."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.db.models import F, Q

from mappings.engine import Compiled, compile_mapping
from mappings.models import Crosswalk, CrosswalkEntry, Mapping, MappingVersion
from mappings.states import Layer, VersionState
from tenancy.context import require_tenant

Json = dict[str, Any]
HIGHEST_FIRST = (Layer.CUSTOMER, Layer.PARTNER, Layer.TEMPLATE)


class NotMapped(LookupError):
    """A version says nothing about an object in a direction."""


def effective(version_id: UUID) -> Json:
    """`{"objects": {object: {"in": spec, "out": spec}}}` of a published version."""
    return MappingVersion.objects.values_list("effective", flat=True).get(pk=version_id) or {"objects": {}}


def crosswalks(customer_id: UUID | None = None) -> dict[str, dict[str, str]]:
    """Every crosswalk by name; a customer's own entries come before the partner's."""
    found: dict[str, dict[str, str]] = {
        name: {} for name in Crosswalk.objects.filter(_seen_by(customer_id)).values_list("name", flat=True)
    }
    entries = CrosswalkEntry.objects.filter(_seen_by(customer_id, "crosswalk__"))
    ordered = entries.order_by(F("crosswalk__customer").asc(nulls_first=True), "source")
    for name, source, target in ordered.values_list("crosswalk__name", "source", "target"):
        found[name][source] = target
    return found


def _seen_by(customer_id: UUID | None, prefix: str = "") -> Q:
    shared = Q(**{f"{prefix}customer": None})
    return shared | Q(**{f"{prefix}customer": customer_id}) if customer_id else shared


def compiled(version_id: UUID, obj: str, direction: str, *, customer_id: UUID | None = None) -> Compiled:
    """The mapping of one object in one direction, ready to apply. Raises NotMapped. Looks values up in the crosswalks
    of the customer given, else of the one whose layer the version belongs to."""
    found = MappingVersion.objects.values_list("effective", "mapping__customer")
    content, owner = found.get(pk=version_id)
    spec = (content or {}).get("objects", {}).get(obj, {}).get(direction)
    if spec is None:
        raise NotMapped(f"This mapping version says nothing about {obj.replace('_', ' ')} ({direction}).")
    return _compiled(require_tenant(), _key(spec), _key(crosswalks(customer_id or owner)))


def _key(value: Json) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


@lru_cache(maxsize=512)
def _compiled(schema: str, spec: str, tables: str) -> Compiled:
    """`schema` is part of the key: one tenant's crosswalk never answers another's look-up."""
    lookups: Table[str, Table[str, str]] = orjson.loads(tables)
    return compile_mapping(orjson.loads(spec), lookups)


def optional(version_id: UUID, obj: str, direction: str, *, customer_id: UUID | None = None) -> Compiled | None:
    """Like `compiled`, None where the version says nothing about it."""
    try:
        return compiled(version_id, obj, direction, customer_id=customer_id)
    except NotMapped:
        return None


def newest(
    system: str, domain: str, *, customer_id: UUID | None = None, layers: Sequence[Layer] = HIGHEST_FIRST
) -> MappingVersion:
    """The published version of the highest of these layers: the customer's, else the partner's, else the template."""
    for layer in layers:
        version = (
            MappingVersion.objects.select_related("mapping")
            .filter(mapping__system=system, mapping__domain=domain, mapping__layer=layer, state=VersionState.PUBLISHED)
            .filter(mapping__customer=customer_id if layer == Layer.CUSTOMER else None)
            .order_by("-number")
            .first()
        )
        if version is not None:
            return version
    known = Mapping.objects.filter(system=system).values_list("domain", flat=True).distinct()
    raise NotMapped(f"No mapping of {system} for {domain} is published; there are: {', '.join(known) or 'none'}.")


def uses_of(crosswalk: str) -> list[MappingVersion]:
    """The published versions that look values up in a crosswalk, newest first."""
    looked_up = re.compile(rf"""lookup(_back)?\(\s*\\?['"]{re.escape(crosswalk)}\\?['"]""")
    published = MappingVersion.objects.select_related("mapping").filter(state=VersionState.PUBLISHED)
    return [version for version in published.order_by("-number") if looked_up.search(_key(version.effective))]
