"""Landing: what was read is compared by hash and only what changed is written, with the page that brought it.

One look-up per page, then COPY of the changed rows; an unchanged page writes nothing but its own count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from connectors.base import RawRecord
from finance import records
from mappings.engine import MappingFault
from sync.engine import measure
from sync.runs.models import Run, RunPage
from sync.runs.work.flow import Flow
from tenancy.base import new_id

KEEP_BODIES_DAYS = 90
Json = dict[str, Any]


@dataclass
class Row:
    """One record on its way in."""

    raw: RawRecord
    content: bytes
    hash: bytes
    landing_id: UUID | None = None
    record_id: UUID | None = None
    correlation_id: str = ""
    same_source: bool = False
    settled: bool = False
    in_flight: bool = False  # an earlier entry of this record is not decided yet
    state: str = ""
    amount: Decimal | None = None
    currency: str = ""
    canonical: Json | None = None
    fault: tuple[str, str] | None = None  # reason code, sentence


@dataclass
class Tally:
    """Counts and sums per outcome. Money that could not be read is counted, never guessed."""

    by_outcome: dict[str, Json] = field(default_factory=dict)

    def add(self, outcome: str, amount: Decimal | None, currency: str, *, measured: bool) -> None:
        """Counts one record."""
        cell = self.by_outcome.setdefault(outcome, {"count": 0, "money": {}, "unmeasured": 0})
        cell["count"] += 1
        if amount is not None:
            cell["money"][currency] = str(Decimal(cell["money"].get(currency, "0")) + amount)
        elif measured:
            cell["unmeasured"] += 1


def digest(raw: RawRecord) -> tuple[bytes, bytes]:
    """The body's stable JSON and its 16-byte hash."""
    try:
        content = orjson.dumps(raw.body, default=str, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a number beyond 64 bits, or half a character: kept as text that can be stored
        text = json.dumps(raw.body, default=str, sort_keys=True, ensure_ascii=False)
        content = text.encode("utf-8", "replace")
    return content, hashlib.blake2b(content + (b"-" if raw.deleted else b""), digest_size=16).digest()


def land(flow: Flow, run: Run, raws: Sequence[RawRecord], *, number: int, force: bool, position: Json) -> int:
    """Lands one page and moves the run on to `position`, in one transaction. Returns how many need a decision."""
    rows = [Row(raw, *digest(raw)) for raw in {r.external_id: r for r in raws}.values()]
    _look_up(flow, rows)
    tally = Tally()
    todo = [row for row in rows if force or not row.settled]
    for row in todo:
        _canonicalise(flow, row)
    decide = [row for row in todo if not row.in_flight]
    decided = {id(row) for row in decide}
    for row in rows:
        if id(row) not in decided:
            tally.add(_at_once(row), row.amount, row.currency, measured=measure.has_money(flow.object))
    with transaction.atomic():
        if todo:
            _write(flow, run, number, todo, decide)
        page = RunPage(run=run, number=number, object=flow.object, company=flow.lane.company, read=len(rows))
        page.settled, page.measured = tally.by_outcome, _measured(flow, rows)
        page.save(force_insert=True)
        run.position = position
        run.save(update_fields=["position"])
    return len(decide)


def _measured(flow: Flow, rows: list[Row]) -> Json:
    """The page's own count and money, kept apart from what became of its records."""
    whole = Tally()
    for row in rows:
        whole.add("read", row.amount, row.currency, measured=measure.has_money(flow.object))
    return whole.by_outcome.get("read", {"count": 0, "money": {}, "unmeasured": 0})


def _at_once(row: Row) -> str:
    """What a record that needs no decision now counts as."""
    if row.in_flight:
        return "uncertain"
    return row.state if row.state not in ("applied", "skipped", "landed") else "unchanged"


_LOOK_UP = """
select k.n, l.id, l.source_hash = h.hash and l.mapping_revision = %(inbound)s, l.correlation_id, l.amount, l.currency,
       r.id, coalesce(r.state, ''), coalesce(r.settled_hash = h.hash and r.settled_revision = %(revision)s, false),
       exists (select from sync_runentry e where e.record_id = r.id and e.state <> 'closed')
from rows from (json_array_elements_text(%(ids)s), json_array_elements_text(%(hashes)s))
     with ordinality k(external_id, hex, n)
cross join lateral (select decode(k.hex, 'hex') as hash offset 0) h
left join lateral (
    select id, source_hash, mapping_revision, correlation_id, amount, currency from sync_landing
    where connection_id = %(connection)s and object = %(object)s and company = %(company)s
      and external_id = k.external_id offset 0
) l on true
left join lateral (
    select id, state, settled_hash, settled_revision from sync_recordstate
    where pipeline_id = %(pipeline)s and landing_id = l.id offset 0
) r on true
"""


def _look_up(flow: Flow, rows: list[Row]) -> None:
    """One query for the page. The laterals keep the full key, which `= any()` loses on a growing table.

    Ids and hashes go as JSON: the driver would take longer over two arrays than the database over the look-up.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _LOOK_UP,
            {
                "ids": orjson.dumps([row.raw.external_id for row in rows]).decode(),
                "hashes": orjson.dumps([row.hash.hex() for row in rows]).decode(),
                "inbound": flow.inbound.revision,
                "revision": flow.revision,
                "connection": flow.pipeline.source_id,
                "object": flow.object,
                "company": flow.lane.company,
                "pipeline": flow.pipeline.pk,
            },
        )
        for n, landing, same, correlation, amount, currency, record, state, settled, in_flight in cursor.fetchall():
            row = rows[n - 1]
            row.in_flight = in_flight
            row.landing_id, row.record_id, row.same_source = landing, record, bool(same)
            row.correlation_id, row.amount, row.currency = correlation or "", amount, currency or ""
            row.state, row.settled = state, settled


def _canonicalise(flow: Flow, row: Row) -> None:
    """Maps the body into the canonical shape; a fault stays with the record and stops nothing else."""
    if row.raw.deleted:
        return
    try:
        payload = flow.inbound.apply(row.raw.body)
        row.canonical = records.encode(records.decode(flow.object, payload))
    except MappingFault as fault:
        row.fault = ("mapping_fault", fault.sentence)
    except records.RecordFault as fault:
        row.fault = ("record_fault", str(fault))
    else:
        row.amount, row.currency = measure.money(flow.object, row.canonical)


def _write(flow: Flow, run: Run, number: int, rows: list[Row], decide: list[Row]) -> None:
    for row in rows:
        row.landing_id = row.landing_id or new_id()
        row.correlation_id = row.correlation_id or new_id().hex
    fresh = [row for row in rows if not row.same_source]
    with connection.cursor() as cursor:
        if fresh:
            _upsert_landings(cursor, flow, fresh)
        _add_states(cursor, flow, rows)
        _insert_entries(cursor, run, number, decide)


_COLUMNS = (
    "id, created_at, connection_id, object, company, external_id, source_hash, source_version, modified_at, deleted,"
    " missing_sweeps, mapping_revision, canonical, label, day, amount, currency, body_id, correlation_id, landed_at"
)
_UPSERT = f"""
insert into sync_landing ({_COLUMNS}) select {_COLUMNS} from landing_in
on conflict (connection_id, object, company, external_id) do update set
    source_hash = excluded.source_hash, source_version = excluded.source_version, modified_at = excluded.modified_at,
    deleted = excluded.deleted, missing_sweeps = 0, mapping_revision = excluded.mapping_revision,
    canonical = coalesce(excluded.canonical, sync_landing.canonical), label = excluded.label, day = excluded.day,
    amount = excluded.amount, currency = excluded.currency, body_id = excluded.body_id, landed_at = excluded.landed_at
"""


def _upsert_landings(cursor: Any, flow: Flow, rows: list[Row]) -> None:
    cursor.execute("select now()")
    now = cursor.fetchone()[0]
    expires = (now + timedelta(days=KEEP_BODIES_DAYS)).date()
    bodies = [(new_id(), now, row.content.decode().replace("\\u0000", "\ufffd"), expires) for row in rows]
    _copy(cursor, "sync_body (id, created_at, content, expires_on)", bodies)
    cursor.execute("create temp table if not exists landing_in (like sync_landing) on commit delete rows")
    cursor.execute("truncate landing_in")
    lines = (_line(flow, row, body[0], now) for row, body in zip(rows, bodies, strict=True))
    _copy(cursor, f"landing_in ({_COLUMNS})", lines)
    cursor.execute(_UPSERT)


def _line(flow: Flow, row: Row, body_id: UUID, now: Any) -> tuple[Any, ...]:
    raw, payload = row.raw, row.canonical
    label = measure.label(flow.object, payload) if payload else ""
    day: date | None = measure.day(payload) if payload else None
    text = orjson.dumps(payload).decode() if payload is not None else None
    return (
        row.landing_id, now, flow.pipeline.source_id, flow.object, flow.lane.company, raw.external_id, row.hash,
        raw.version[:80], raw.modified_at, raw.deleted, 0, flow.inbound.revision, text, label, day, row.amount,
        row.currency, body_id, row.correlation_id, now,
    )  # fmt: skip


def _copy(cursor: Any, into: str, lines: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(f"copy {into} from stdin") as copy:
        for line in lines:
            copy.write_row(line)


_STATE_COLUMNS = "id, created_at, pipeline_id, landing_id, state, settled_revision, generation"


def _add_states(cursor: Any, flow: Flow, rows: list[Row]) -> None:
    """Of the records this pipeline meets for the first time."""
    cursor.execute("select now()")
    now = cursor.fetchone()[0]
    new = [row for row in rows if row.record_id is None]
    for row in new:
        row.record_id = new_id()
    lines = ((row.record_id, now, flow.pipeline.pk, row.landing_id, "landed", "", 1) for row in new)
    _copy(cursor, f"sync_recordstate ({_STATE_COLUMNS})", lines)


_ENTRY_COLUMNS = (
    "id, created_at, run_id, page, record_id, landing_id, state, operation, outcome, reason, sentence, changes,"
    " amount, currency, source_hash"
)


def _insert_entries(cursor: Any, run: Run, number: int, rows: list[Row]) -> None:
    cursor.execute("select now()")
    now = cursor.fetchone()[0]
    lines = (
        (
            new_id(), now, run.pk, number, row.record_id, row.landing_id, "landed", "", "", *(row.fault or ("", "")),
            "[]", row.amount, row.currency, row.hash,
        )
        for row in rows
    )  # fmt: skip
    _copy(cursor, f"sync_runentry ({_ENTRY_COLUMNS})", lines)
