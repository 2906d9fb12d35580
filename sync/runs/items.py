"""Items for people: opened by what a run finds, closed by what a later run finds no longer true."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import orjson

from sync.links.models import Landing
from sync.pipelines.models import Pipeline
from sync.runs.models import Release, RunEntry, WorkItem

Json = dict[str, Any]


def digest(code: str, fields: Iterable[str], record: Json | None, detail: Json) -> str:
    """Of what a person is shown: the held values, or the whole record, and what the finding says of them."""
    names = sorted({name.split(".")[0].split("[")[0] for name in fields})
    values = {name: (record or {}).get(name) for name in names} if names else record
    shown = orjson.dumps([code, values, detail], default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(shown, digest_size=16).hexdigest()


def open_item(
    entry: RunEntry,
    pipeline: Pipeline,
    *,
    code: str,
    sentence: str,
    severity: str = "hold",
    fields: Collection[str] = (),
    cause: str = "",
    detail: Json | None = None,
    now: datetime,
) -> WorkItem:
    """Opens the item, or returns the open one that says the same."""
    landing: Landing = entry.landing
    shown = digest(code, fields, entry.values or landing.canonical, detail or {})
    item, _ = WorkItem.objects.get_or_create(
        record_id=entry.record_id,
        code=code,
        digest=shown,
        state="open",
        defaults={
            "pipeline": pipeline,
            "run_id": entry.run_id,
            "customer_id": pipeline.customer_id,
            "cause": (cause or code)[:200],
            "severity": severity,
            "fields": list(fields),
            "sentence": sentence,
            "detail": plain(detail or {}),
            "amount": entry.amount,
            "currency": entry.currency,
            "opened_at": now,
            "received_at": landing.modified_at or landing.landed_at,
        },
    )
    return item


def plain(detail: Json) -> Json:
    return orjson.loads(orjson.dumps(detail, default=str))


def close_outdated(
    record_ids: Collection[Any], still: Collection[tuple[Any, str, str]], now: datetime
) -> list[WorkItem]:
    """Closes, and returns, the open items of these records that the latest decision no longer finds.

    `still`: (record, code, digest) of those it finds again.
    """
    kept = set(still)
    found = WorkItem.objects.filter(record__in=list(record_ids), state="open").select_related("record")
    outdated = [item for item in found if (item.record_id, item.code, item.digest) not in kept]
    for item in outdated:
        item.state, item.closed_at = "void", now
    WorkItem.objects.bulk_update(outdated, ["state", "closed_at"])
    return outdated


def released(record_ids: Collection[Any]) -> set[tuple[Any, str, str]]:
    """(record, code, digest) of every finding a person has let pass."""
    rows = Release.objects.filter(record__in=list(record_ids)).values_list("record_id", "code", "digest")
    return set(rows)
