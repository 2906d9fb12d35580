"""A record read just now, in canonical words."""

from __future__ import annotations

from typing import Any

from connectors.base import RawRecord
from finance import records
from mappings.engine import Compiled, MappingFault

Json = dict[str, Any]


def canonical(obj: str, mapping: Compiled | None, raw: RawRecord | None) -> Json | None:
    """None where the record does not exist, or cannot be put into canonical words; the next run says why."""
    if mapping is None or raw is None or raw.deleted:
        return None
    try:
        return records.encode(records.decode(obj, mapping.apply(raw.body)))
    except (MappingFault, records.RecordFault):
        return None
