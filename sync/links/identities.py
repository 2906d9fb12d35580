"""Identity keys: by what records of either side are recognised as duplicates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from finance import records
from finance.identity import invoice_keys, vendor_keys
from sync.links.models import IdentityKey

Json = dict[str, Any]
OBJECTS = frozenset({"vendor", "invoice"})


@dataclass(frozen=True)
class Identified:
    """A record of one connection, in canonical words."""

    connection_id: UUID
    external_id: str
    payload: Json
    payees: frozenset[str] = frozenset()  # what both sides can call the vendor of an invoice


def has_identity(obj: str) -> bool:
    """Whether duplicates of this object are looked for."""
    return obj in OBJECTS


def keys_of(obj: str, payload: Json, payees: frozenset[str] = frozenset()) -> frozenset[str]:
    """The blocking keys of a canonical payload."""
    return record_keys(records.decode(obj, payload), payees)


def record_keys(record: Any, payees: frozenset[str] = frozenset()) -> frozenset[str]:
    """The blocking keys of a record."""
    if isinstance(record, records.Invoice):
        return invoice_keys(record, payees or None)
    assert isinstance(record, records.Vendor)
    return vendor_keys(record)


def remember(obj: str, found: Iterable[Identified]) -> None:
    """Stores or refreshes the keys of these records."""
    if not has_identity(obj):
        return
    rows = [
        IdentityKey(
            connection_id=one.connection_id,
            object=obj,
            external_id=one.external_id,
            keys=sorted(key[:200] for key in keys_of(obj, one.payload, one.payees)),
            facts=_facts(one),
        )
        for one in {(one.connection_id, one.external_id): one for one in found}.values()
    ]
    IdentityKey.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection_id", "object", "external_id"],
        update_fields=["keys", "facts"],
    )


def news(obj: str, found: Iterable[Identified]) -> list[Identified]:
    """Those that are not remembered as they are now. One query."""
    met = {(one.connection_id, one.external_id): one for one in found}
    connections, ids = {where for where, _ in met}, [key for _, key in met]
    known = IdentityKey.objects.filter(object=obj, connection_id__in=connections, external_id__in=ids)
    same = {
        (where, key)
        for where, key, facts in known.values_list("connection_id", "external_id", "facts")
        if (where, key) in met and facts == _facts(met[where, key])
    }
    return [one for key, one in met.items() if key not in same]


def _facts(one: Identified) -> Json:
    return {"record": one.payload, "payees": sorted(one.payees)}


def sharing(obj: str, connections: Collection[UUID], keys: Collection[str]) -> list[IdentityKey]:
    """Every known record of these connections that shares one of the keys. One query for a whole page."""
    if not keys:
        return []
    return list(IdentityKey.objects.filter(connection_id__in=list(connections), object=obj, keys__overlap=list(keys)))
