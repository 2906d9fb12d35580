"""Landing against COPY: the real `land()` on vendor pages of 500 records of 1.8 kB, by processor time of both sides.

Raw COPY here means the very rows that landing wrote (body, landing, state, entry), handed to the driver's COPY as
values, into the same tables with all their indexes and constraints: nothing compared, hashed or looked up. The cost
of mapping, measured in the same round, is taken off the first load: it has a benchmark of its own. For information
stand beside it two harder rivals: the same COPY with its bytes ready to be sent, and the bodies alone, with their
bytes ready, into a table that has nothing but a key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from django.db import connection, transaction

from benchmarks import house, world
from benchmarks.clocks import backend, processor, spent
from benchmarks.figures import Figure
from benchmarks.suppliers import served
from connectors.base import RawRecord
from sync.runs.work import land
from sync.runs.work.flow import Flow
from tenancy.context import current_schema, tenant_context
from tenancy.partners.ownership import application_role, as_owner

PAGE = 500
TABLES = ("sync_body", "sync_landing", "sync_recordstate", "sync_runentry")  # parents first
BARE = "bench_bare"
_BARE = f"CREATE TABLE {BARE} (id uuid PRIMARY KEY, content jsonb)"
_SETTLE = """
UPDATE sync_recordstate SET state = 'applied', settled_hash = l.source_hash, settled_revision = %s
FROM sync_landing l WHERE l.id = landing_id
"""


@dataclass(frozen=True)
class Round:
    """Processor seconds of one round."""

    mapping: float
    first: float
    unchanged: float
    values: float  # the same rows by the driver's COPY
    ready: float  # the same, bytes ready
    bare: float  # bodies alone, bytes ready, bare table


def run(short: bool) -> list[Figure]:
    """Two goals and what they look like against harder rivals."""
    rounds, count = (1, PAGE) if short else (5, 8 * PAGE)
    with tenant_context(house.partner("landing")), _bare_table():
        here = world.build()
        bodies = [served(number) for number in range(count)]
        _round(here, "warm", bodies[:PAGE])
        found = [_round(here, f"r{number}", bodies) for number in range(rounds)]
    return _figures(found, count)


def _figures(found: list[Round], count: int) -> list[Figure]:
    def ratio(rival: str, ours: str) -> float:
        return median(getattr(one, rival) / (getattr(one, ours) - (ours == "first") * one.mapping) for one in found)

    micro = {name: median(getattr(one, name) for one in found) / count * 1e6 for name in Round.__annotations__}
    note = ", ".join(f"{name} {value:.0f}" for name, value in micro.items()) + " µs a record"
    return [
        Figure("landing, first load, of raw COPY", ratio("values", "first"), 0.8, note=note),
        Figure("landing, nothing changed, of raw COPY", ratio("values", "unchanged"), 2.5),
        Figure("  first load, of COPY with its bytes ready", ratio("ready", "first")),
        Figure("  nothing changed, of COPY with its bytes ready", ratio("ready", "unchanged")),
        Figure("  nothing changed, of bodies alone into a bare table", ratio("bare", "unchanged")),
    ]


def _round(here: world.World, prefix: str, bodies: list[dict[str, Any]]) -> Round:
    """Every rival on the same records, each into tables that were just emptied."""
    _empty()
    flow, clock = here.flow(), processor(backend())
    records = [_record(prefix, body) for body in bodies]
    mapping = spent(lambda: _map(flow, records), clock)
    first = spent(lambda: _land(here, flow, records), clock)
    values, ready = _rows(), _bytes()
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [flow.revision])
        cursor.execute("UPDATE sync_runentry SET state = 'closed', outcome = 'created'")
    unchanged = spent(lambda: _land(here, flow, records), clock)
    costs = [unchanged, *_copied(values, ready)]
    return Round(mapping, first, *costs, spent(_bodies_alone(records), processor(backend())))


def _copied(values: list[Any], ready: list[Any]) -> Iterator[float]:
    for pages, write in ((values, _write_rows), (ready, _write_bytes)):
        _empty()
        clock = processor(backend())
        yield spent(lambda pages=pages, write=write: _copy(pages, write), clock)  # type: ignore[misc]


# -------------------------------------------------------------------------------------------------------- landing
def _record(prefix: str, body: dict[str, Any]) -> RawRecord:
    key = f"{prefix}-{body['id']}"
    return RawRecord(key, {**body, "id": key}, "1", datetime(2026, 1, 1, tzinfo=UTC))


def _land(here: world.World, flow: Flow, records: list[RawRecord]) -> None:
    run = world.new_run(here.pipeline)
    for number, start in enumerate(range(0, len(records), PAGE), 1):
        land.land(flow, run, records[start : start + PAGE], number=number, force=False, position={})


def _map(flow: Flow, records: list[RawRecord]) -> None:
    for record in records:
        land._canonicalise(flow, land.Row(record, b"", b""))


# ----------------------------------------------------------------------------------------------------------- rivals
def _rows() -> list[list[tuple[str, list[Any]]]]:
    """Page by page, (table, rows) as landing left them."""
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            columns = [column.type_code for column in cursor.description]
            found.append((table, [_as_values(row, columns) for row in cursor.fetchall()]))
    return [
        [(table, rows[start : start + PAGE]) for table, rows in found] for start in range(0, len(found[0][1]), PAGE)
    ]


_JSONB = 3802


def _as_values(row: tuple[Any, ...], types: list[int]) -> tuple[Any, ...]:
    """A row as landing hands it to the driver: JSON as text, the rest as Python values."""
    return tuple(
        bytes(value) if isinstance(value, memoryview) else value if kind != _JSONB or value is None else str(value)
        for value, kind in zip(row, types, strict=True)
    )


def _bytes() -> list[list[tuple[str, bytes]]]:
    """The same as COPY's own text."""
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            with cursor.copy(f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT") as copying:
                rows = [bytes(row) for row in copying]
            found.append((table, [b"".join(rows[start : start + PAGE]) for start in range(0, len(rows), PAGE)]))
    return [[(table, pages[number]) for table, pages in found] for number in range(len(found[0][1]))]


def _copy(pages: list[Any], write: Any) -> None:
    with connection.cursor() as cursor:
        for page in pages:
            with transaction.atomic():
                for table, content in page:
                    with cursor.copy(f"COPY {table} FROM STDIN") as copying:
                        write(copying, content)


def _write_rows(copying: Any, rows: list[Any]) -> None:
    for row in rows:
        copying.write_row(row)


def _write_bytes(copying: Any, content: bytes) -> None:
    copying.write(content)


def _bodies_alone(records: list[RawRecord]) -> Any:
    lines = [f"{world.new_id()}\t{land.digest(record)[0].decode()}\n".replace("\\", "\\\\") for record in records]
    pages = ["".join(lines[start : start + PAGE]).encode() for start in range(0, len(lines), PAGE)]
    return lambda: _copy([[(BARE, page)] for page in pages], _write_bytes)


# ------------------------------------------------------------------------------------------------------ the tables
@contextmanager
def _bare_table() -> Iterator[None]:
    _as_owner(_BARE, f"GRANT ALL ON {BARE} TO {application_role()}")
    try:
        yield
    finally:
        _as_owner(f"DROP TABLE {BARE}")


def _empty() -> None:
    _as_owner(f"TRUNCATE {', '.join((*TABLES, BARE))} CASCADE")


def _as_owner(*statements: str) -> None:
    schema = current_schema()
    with as_owner():
        connection.set_schema(schema)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    connection.set_schema(schema)
