"""Schema drift: answers about one resource with a field under another name, or with a value nobody expects."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.calls import Call, Result
from sandbox.faults import Drift


def drifted(drifts: list[Drift], call: Call, result: Result) -> Result:
    """The answer as a changed interface would give it; the very same answer where no drift concerns it."""
    segments = call.path.split("/")
    found = [drift for drift in drifts if len(segments) > 3 and segments[3] == drift.resource]
    if not found or result.media_type != "application/json":
        return result
    payload = msgspec.json.decode(result.body)
    records = payload["data"] if isinstance(payload, dict) and isinstance(payload.get("data"), list) else [payload]
    for drift in found:
        for record in records:
            _bend(drift, record)
    return Result(result.status, msgspec.json.encode(payload), headers=result.headers)


def _bend(drift: Drift, record: Any) -> None:
    if not isinstance(record, dict) or drift.field not in record:
        return
    if drift.value is None:
        record[drift.to] = record.pop(drift.field)
    elif record[drift.field] == drift.value:
        record[drift.field] = drift.to
