"""Conformance of writing: every step provable, every record findable, every refusal explained."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.base import Connector, Json, ObjectSpec, Step, Totals, Written
from connectors.errors import DataRejected
from connectors.testing.bench import Bench
from connectors.testing.choosing import each, eventually, made_by_us, new_reference, searchable


class Writing:
    """Chosen by `ObjectSpec.creates`, `updates`, `retires`, `reference` and by each step's flags."""

    @each(made_by_us)
    def test_a_record_is_made_step_by_step_and_each_step_is_provable(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        before, reference = bench.ids(spec.name), new_reference(spec.reference)
        written = take(connector, bench, spec, spec.creates, bench.create_body(spec.name), reference)
        assert bench.ids(spec.name) - before == {written.external_id}
        assert connector.fetch(spec.name, written.external_id, company=bench.company) is not None

    @each(searchable)
    def test_our_reference_finds_exactly_the_record_we_made(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        reference = new_reference(spec.reference)
        assert not connector.search(spec.name, reference, company=bench.company)
        written = take(connector, bench, spec, spec.creates[:1], bench.create_body(spec.name), reference)
        take(connector, bench, spec, spec.creates[:1], bench.create_body(spec.name), new_reference(spec.reference))
        found = _search(connector, bench, spec, reference)
        assert found == [written.external_id]

    @each(lambda spec: made_by_us(spec) and any(step.absolute for step in spec.creates))
    def test_an_absolute_step_sent_twice_leaves_what_one_left(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        body, reference = bench.create_body(spec.name), new_reference(spec.reference)
        before, external_id = bench.ids(spec.name), ""
        for step in spec.creates:
            for _ in range(2 if step.absolute else 1):
                external_id = _send(connector, bench, spec, step, body, reference, external_id).external_id
        assert bench.ids(spec.name) - before == {external_id}

    @each(lambda spec: spec.updates and spec.updates[0].side == "target")
    def test_an_update_takes_effect_and_may_be_repeated(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        made = _made(connector, bench, spec)
        body = bench.update_body(spec.name, made)
        take(connector, bench, spec, spec.updates, body, new_reference(spec.reference), made, repeat=True)

    @each(lambda spec: spec.retires and spec.retires[0].side == "target")
    def test_a_retired_record_is_shown_to_be_retired(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        made = _made(connector, bench, spec)
        take(connector, bench, spec, spec.retires, {}, new_reference(spec.reference), made, repeat=True)

    @each(lambda spec: any(step.side == "source" for step in (*spec.creates, *spec.updates, *spec.retires)))
    def test_the_source_learns_what_became_of_its_record(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        steps = [s for s in (*spec.creates, *spec.updates, *spec.retires) if s.side == "source"]
        external_id = bench.touch(spec.name)
        body = bench.update_body(spec.name, external_id)
        take(connector, bench, spec, steps, body, new_reference(spec.reference), external_id, repeat=True)

    @each(made_by_us)
    def test_a_refused_record_names_its_field_and_leaves_nothing(
        self, connector: Connector, bench: Bench, spec: ObjectSpec
    ) -> None:
        refused, before = bench.refused(spec.name), bench.ids(spec.name)
        if refused is None:
            return
        with pytest.raises(DataRejected) as caught:
            _send(connector, bench, spec, spec.creates[0], refused.body, new_reference(spec.reference))
        assert refused.field in caught.value.field
        assert len(caught.value.sentence) > 10
        assert bench.ids(spec.name) == before


def take(
    connector: Connector,
    bench: Bench,
    spec: ObjectSpec,
    steps: Sequence[Step],
    body: Json,
    reference: str,
    external_id: str = "",
    repeat: bool = False,
) -> Written:
    """Takes the steps in order; each is unproved before and proved after. `repeat` sends absolute ones twice."""
    for step in steps:
        if external_id:
            assert _proof(connector, bench, spec, step, body, external_id) is None, f"{step.name} was proved early"
        for _ in range(2 if repeat and step.absolute else 1):
            written = _send(connector, bench, spec, step, body, reference, external_id)
            assert written.external_id == (external_id or written.external_id) != ""
        external_id, now = written.external_id, (step, body, written.external_id)
        proof = eventually(lambda now=now: _proof(connector, bench, spec, *now), connector.settle_seconds)  # type: ignore[misc]
        assert proof is not None, f"{step.name} was not proved"
        assert proof.external_id == external_id
        assert not step.totals or isinstance(connector.totals(spec.name, proof.body), Totals)
    return written


def _made(connector: Connector, bench: Bench, spec: ObjectSpec) -> str:
    """A record of this object to change: one of ours where we can make one."""
    if not made_by_us(spec):
        return bench.touch(spec.name)
    reference = new_reference(spec.reference)
    return take(connector, bench, spec, spec.creates, bench.create_body(spec.name), reference).external_id


def _send(
    connector: Connector,
    bench: Bench,
    spec: ObjectSpec,
    step: Step,
    body: Json,
    reference: str,
    external_id: str = "",
) -> Written:
    return connector.perform(
        spec.name, step, company=bench.company, body=body, reference=reference, external_id=external_id
    )


def _proof(
    connector: Connector, bench: Bench, spec: ObjectSpec, step: Step, body: Json, external_id: str
) -> Written | None:
    return connector.proved(spec.name, step, company=bench.company, body=body, external_id=external_id)


def _search(connector: Connector, bench: Bench, spec: ObjectSpec, reference: str) -> list[str]:
    def found() -> list[str]:
        hits = connector.search(spec.name, reference, company=bench.company)
        return [record.external_id for record in hits]

    return eventually(found, connector.settle_seconds)
