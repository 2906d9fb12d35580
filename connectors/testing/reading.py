"""Conformance of reading: nothing missed, nothing invented, in an order that a cursor can resume."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson

from connectors.base import Connector, ObjectSpec
from connectors.paging import walk
from connectors.testing.bench import Bench
from connectors.testing.choosing import each, pages, records


class Reading:
    """Chosen by `ObjectSpec.readable`, `incremental`, `listable_keys`, `amount_path`, `currency_path`."""

    @each(lambda spec: spec.readable)
    def test_a_full_read_returns_every_record(self, connector: Connector, bench: Bench, spec: ObjectSpec) -> None:
        known = bench.ids(spec.name)
        assert known, f"the bench has no {spec.name}"
        assert {record.external_id for record in records(connector, bench, spec.name)} == known

    @each(lambda spec: spec.readable and spec.incremental)
    def test_records_come_in_the_order_of_their_change(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        times = [record.modified_at for record in records(connector, bench, spec.name)]
        assert all(time is not None and time.utcoffset() is not None for time in times)
        assert times == sorted(times)  # type: ignore[type-var]

    @each(lambda spec: spec.readable)
    def test_a_read_resumed_from_a_saved_cursor_returns_the_rest(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        read = list(pages(connector, bench, spec.name))
        for stopped in sorted({0, len(read) // 2, len(read) - 2} & set(range(len(read) - 1))):
            saved = orjson.loads(orjson.dumps(read[stopped].cursor))
            seen = {record.external_id for page in read[: stopped + 1] for record in page.records}
            resumed = {record.external_id for record in records(connector, bench, spec.name, saved)}
            assert bench.ids(spec.name) - seen <= resumed

    @each(lambda spec: spec.readable and spec.incremental)
    def test_a_change_after_the_last_page_is_found_from_its_cursor(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        before = {record.external_id: record.version for record in records(connector, bench, spec.name)}
        [*_, last] = pages(connector, bench, spec.name)
        touched = bench.touch(spec.name)
        found = {r.external_id: r.version for r in records(connector, bench, spec.name, last.cursor)}
        assert touched in found
        assert found[touched] != before.get(touched), "a changed record kept its version"

    @each(lambda spec: spec.readable)
    def test_a_record_fetched_alone_is_the_record_that_was_read(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        read = {record.external_id: record for record in records(connector, bench, spec.name)}
        for external_id in sorted(read)[:: max(1, len(read) - 1)]:
            alone = connector.fetch(spec.name, external_id, company=bench.company)
            assert alone == read[external_id]

    @each(lambda spec: spec.readable)
    def test_a_record_that_does_not_exist_is_none(self, connector: Connector, bench: Bench, spec: ObjectSpec) -> None:
        assert connector.fetch(spec.name, bench.unknown_id(spec.name), company=bench.company) is None

    @each(lambda spec: spec.readable and spec.listable_keys)
    def test_the_keys_are_all_ids_with_their_versions(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        limit = max(2, len(bench.ids(spec.name)) // 3)
        listed = walk(lambda at: connector.keys(spec.name, company=bench.company, cursor=at, limit=limit))
        keys = dict(key for page in listed for key in page.keys)
        assert keys.keys() == bench.ids(spec.name)
        assert keys == {record.external_id: record.version for record in records(connector, bench, spec.name)}

    @each(lambda spec: spec.readable)
    def test_no_number_came_through_a_float(self, connector: Connector, bench: Bench, spec: ObjectSpec) -> None:
        for record in records(connector, bench, spec.name):
            assert not [value for value in _leaves(record.body) if isinstance(value, float)]

    @each(lambda spec: spec.readable and spec.amount_path)
    def test_the_declared_amount_and_currency_are_there(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        bodies = [record.body for record in records(connector, bench, spec.name)]
        amounts = [value for body in bodies if (value := _at(body, spec.amount_path)) is not None]
        assert amounts
        assert all(Decimal(str(amount)).is_finite() for amount in amounts)
        if spec.currency_path:
            assert all(_at(body, spec.currency_path) for body in bodies)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    else:
        yield value


def _at(body: Any, path: str) -> Any:
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body
