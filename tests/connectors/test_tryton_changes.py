"""The merge of traces, on tables in memory: whatever the page size, every record once, at its latest change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Json
from connectors.catalog.tryton.changes import OVERLAP, Trace, changed, since_cursor, traces, version
from connectors.catalog.tryton.dialect import moment, plain, quantity, stamp, tagged

START = datetime(2026, 1, 1, tzinfo=UTC)
TRACES = traces("party", ("address", "party"), ("number", "account.owners"))
Row = tuple[int, int, int]  # trace, seconds, record


class Tables:
    """Rows per trace; answers the one question that `changed` asks."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.now = START + timedelta(days=1)

    @property
    def served_at(self) -> str:
        return self.now.strftime("%a, %d %b %Y %H:%M:%S GMT")

    def find(self, model: str, domain: list[Any], fields: Any, *, order: Any, limit: int) -> list[Json]:
        index = next(i for i, trace in enumerate(TRACES) if trace.model == model)
        numbered = enumerate(self.rows, 1)
        own = [(_at(t), n if index else record, record) for n, (where, t, record) in numbered if where == index]
        if domain:
            after = stamp(domain[-1][1][2]), domain[-1][2][1][2]
            own = [row for row in own if row[:2] > after]
        return [_row(index, time, n, record) for time, n, record in sorted(own)[:limit]]

    def latest(self, record: int) -> str:
        return max(_at(t) for _, t, one in self.rows if one == record)


def _at(seconds: int) -> str:
    return stamp(START + timedelta(seconds=seconds))


def _row(index: int, time: str, n: int, record: int) -> Json:
    owner: Json = ({"id": str(record)}, {"party": {"id": str(record)}}, {"account": {"owners": [{"id": str(record)}]}})[
        index
    ]
    return {"last_modified_at": time, **owner, "id": str(n)}


def _walk(tables: Tables, limit: int, cursor: Json | None = None) -> tuple[list[tuple[str, str]], Json]:
    """Every record handed out at its latest change, as the connector does it."""
    given_out, more = [], True
    for _ in range(1000):
        page = changed(tables, [(trace, []) for trace in TRACES], cursor, limit)  # type: ignore[arg-type]
        given_out += [(key[1], time) for key, time in page.records if time == tables.latest(int(key[1]))]
        assert len(page.records) <= limit
        cursor, more = page.cursor, page.more
        if not more:
            return given_out, cursor
    raise AssertionError("the pass does not end")


rows = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(1, 8)), max_size=40)


@given(rows, st.integers(1, 9))
def test_every_record_comes_once_in_the_order_of_its_latest_change(found: list[Row], limit: int) -> None:
    tables = Tables(_unique_parents(found))
    given_out, _ = _walk(tables, limit)
    once = set(given_out)  # rows of one moment may fall on two pages: then the record is repeated as it was
    assert sorted(key for key, _ in once) == sorted({str(record) for _, _, record in tables.rows})
    assert [time for _, time in given_out] == sorted(time for _, time in given_out)


@given(rows, rows, st.integers(1, 9))
def test_a_later_pass_finds_exactly_what_changed_since(before: list[Row], after: list[Row], limit: int) -> None:
    tables = Tables(_unique_parents(before))
    _, cursor = _walk(tables, limit)
    later = [(max(where, 1), seconds + 100, record) for where, seconds, record in after]
    tables.rows = tables.rows + later
    given_out, _ = _walk(tables, limit, cursor)
    assert {key for key, _ in given_out} == {str(record) for _, _, record in later}


def test_a_row_that_became_visible_late_is_found_within_the_overlap() -> None:
    tables = Tables([(0, 100, 1)])
    tables.now = START + timedelta(seconds=101)
    _, cursor = _walk(tables, 5)
    tables.rows.append((1, int(101 - OVERLAP.total_seconds()) + 1, 2))  # older than what was read
    given_out, cursor = _walk(tables, 5, cursor)
    assert {key for key, _ in given_out} == {"1", "2"}
    tables.now += timedelta(hours=1)
    _, cursor = _walk(tables, 5, cursor)
    assert _walk(tables, 5, cursor)[0] == []


def test_a_replay_from_a_time_reads_what_changed_from_then_on() -> None:
    tables = Tables([(0, 10, 1), (0, 20, 2), (1, 30, 3)])
    given_out, _ = _walk(tables, 5, since_cursor(TRACES, START + timedelta(seconds=20)))
    assert [key for key, _ in given_out] == ["2", "3"]


def test_conditions_of_the_record_are_asked_of_the_row() -> None:
    trace = Trace("invoice", "move.line", "move.origin", reference=True, only=("payable", "=", True))
    assert trace.within([["company", "=", 1], ["OR", ["state", "=", "x"], [["a", "=", 1], ["b", "=", 2]]]]) == [
        ["move.origin.company", "=", 1, "invoice"],
        [
            "OR",
            ["move.origin.state", "=", "x", "invoice"],
            [["move.origin.a", "=", 1, "invoice"], ["move.origin.b", "=", 2, "invoice"]],
        ],
        ["payable", "=", True],
    ]


def test_a_version_tells_content_from_order() -> None:
    assert version({"a": 1, "b": [1, 2]}) == version({"b": [1, 2], "a": 1}) != version({"a": 1, "b": [2, 1]})


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_amounts_keep_their_digits_both_ways(amount: Decimal) -> None:
    assert plain(tagged(amount)) == format(amount, "f")
    assert Decimal(quantity(amount)) == amount


@given(st.datetimes(timezones=st.just(UTC)), st.dates())
def test_days_and_instants_come_back_as_they_went(instant: datetime, day: Any) -> None:
    assert moment(plain(tagged(instant))) == instant
    assert plain(tagged(day)) == day.isoformat()


def test_a_float_is_never_sent() -> None:
    with pytest.raises(TypeError):
        tagged({"lines": [{"quantity": 0.1}]})


def _unique_parents(found: list[Row]) -> list[Row]:
    """A record has one row of its own; the first one counts."""
    seen: set[int] = set()
    kept = []
    for where, seconds, record in found:
        if where == 0 and record in seen:
            continue
        seen |= {record} if where == 0 else set()
        kept.append((where, seconds, record))
    return kept
