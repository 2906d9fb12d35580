"""What lets a pipeline write: matched in every lane, agreed on its own records, decided on exactly what was shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sync_world import World

from governance.services import decide
from mappings import services as mappings
from mappings.models import Mapping
from sync.agreement.models import Agreement
from sync.agreement.services import agree
from sync.desk import live, matching
from sync.pipelines.models import Pipeline
from sync.pipelines.services import PipelineRefused, create_pipeline, move, pause
from tenancy.accounts.actors import SYSTEM
from tenancy.clock import db_now

Person = Callable[..., Any]
NO_OPENING = "There is no opening agreement"


def opened(world: World, **more: Any) -> Agreement:
    return agree(actor=SYSTEM, customer_id=world.customer.pk, opening=True, **more)


INVOICE_IN = {
    "language": 1,
    "object": "invoice",
    "direction": "in",
    "fields": [
        {"to": "invoice_number", "expr": "number"},
        {"to": "currency_code", "expr": "currency"},
        {"to": "payable_amount", "expr": "amount"},
    ],
}
INVOICE_OUT = {
    "language": 1,
    "object": "invoice",
    "direction": "out",
    "fields": [{"to": "number", "expr": "invoice_number"}, {"to": "currency", "expr": "currency_code"}],
}
SPEC = {"objects": {"invoice": {"in": INVOICE_IN, "out": INVOICE_OUT}}}


@pytest.fixture
def matched(world: World) -> Pipeline:
    """Approved invoices from the AP service to the ERP, matched while both are empty."""
    draft = mappings.create_draft(
        actor=SYSTEM, mapping=Mapping.objects.create(system="twin", domain="invoices", name="Bills")
    )
    mappings.save_draft(actor=SYSTEM, version_id=draft.pk, spec=SPEC)
    version = mappings.publish(actor=SYSTEM, version_id=draft.pk)
    made = create_pipeline(
        actor=SYSTEM, customer_id=world.customer.pk, domain="invoices", source_id=world.ap_connection.pk,
        target_id=world.erp_connection.pk, mapping_in_id=version.pk, mapping_out_id=version.pk,
        mapping_back_id=version.pk, entities=[(world.entity, "1", "1")], policies=[],
    )  # fmt: skip
    matching.match(actor=SYSTEM, pipeline=made)
    return made


def gaps(pipeline: Pipeline) -> list[str]:
    pipeline.refresh_from_db()
    return live.gaps(pipeline, live.checklist(pipeline))


def test_an_opening_agreement_taken_after_matching_is_evidence(world: World, matched: Pipeline) -> None:
    assert [gap[: len(NO_OPENING)] for gap in gaps(matched)] == [NO_OPENING]
    opened(world)
    assert gaps(matched) == []


def test_one_taken_before_matching_is_none(world: World, matched: Pipeline) -> None:
    opened(world)
    matching.match(actor=SYSTEM, pipeline=matched)
    assert gaps(matched)[0].startswith(NO_OPENING)


def test_one_of_another_day_is_none_save_of_the_cut_over_date(world: World, matched: Pipeline) -> None:
    opened(world, as_of=date(1990, 1, 1))
    assert gaps(matched)[0].startswith(NO_OPENING)
    matched.cutover_on = date(2026, 1, 1)
    matched.save()
    opened(world, as_of=date(2026, 1, 1))
    assert gaps(matched) == []


def test_one_without_the_pipelines_records_is_none(world: World, matched: Pipeline) -> None:
    now = db_now()
    Agreement.objects.create(
        customer=world.customer, as_of=now.date(), opening=True, read_at=now, seconds=0, unexplained=0, digest="d"
    )
    assert gaps(matched)[0].startswith(NO_OPENING)


def test_an_agreement_that_is_none_of_the_opening_is_no_evidence(world: World, matched: Pipeline) -> None:
    agree(actor=SYSTEM, customer_id=world.customer.pk)
    assert gaps(matched)[0].startswith(NO_OPENING)


def test_what_is_unexplained_among_its_records_stops_it(world: World, matched: Pipeline) -> None:
    bill = {"vendor": "v", "number": "1", "currency": "USD", "amount": "50000", "lines": []}
    world.ap.put("invoice", bill, company="1")
    opened(world)
    assert gaps(matched) == ["The opening agreement leaves 1 differences unexplained. Clear them first."]


def test_the_decider_is_shown_what_will_be_live(world: World, matched: Pipeline) -> None:
    opened(world)
    found = live.checklist(matched)
    assert found["mapping_in"].startswith(f"Bills v1, {matched.mapping_in.digest[:16]}")
    assert found["entities"] == ["us: 1 → 1"]
    assert [found["source"].split(" (")[0], found["target"].split(" (")[0]] == ["AP", "ERP"]
    assert {"policies", "interval_seconds", "opening_explained", "opening_digest"} <= found.keys()


@pytest.mark.parametrize(
    "changed", [{"interval_seconds": 5}, {"policies": ["totals"]}, {"cutover_on": date(2026, 1, 1)}]
)
def test_a_yes_is_void_once_the_pipeline_is_another_than_shown(
    world: World, matched: Pipeline, actor_with: Person, changed: dict[str, Any]
) -> None:
    opened(world)
    matched.refresh_from_db()
    change = live.ask_go_live(actor=actor_with("engineer"), pipeline=matched)
    for name, value in changed.items():
        setattr(matched, name, value)
    matched.save()
    decision = decide(
        actor=actor_with("approver"), change_request_id=change.pk, approve=True, shown_digest=change.shown_digest
    )
    matched.refresh_from_db()
    assert (decision.outcome, matched.state) == ("void", "matching")


def test_a_yes_on_the_next_day_is_good_for_what_was_shown(world: World, matched: Pipeline) -> None:
    opened(world)
    matched.refresh_from_db()
    today = db_now().date()
    assert live.checklist(matched, on=today)["opening_agreement"]
    assert not live.checklist(matched, on=today + timedelta(days=1))["opening_agreement"]


# ---------------------------------------------------------------------------------------------------------- matching
def test_a_lane_whose_other_side_cannot_be_read_leaves_the_pipeline_unmatched(world: World) -> None:
    made = create_pipeline(
        actor=SYSTEM, customer_id=world.customer.pk, domain="vendors", source_id=world.erp_connection.pk,
        target_id=world.ap_connection.pk, mapping_in_id=world.mapping.pk, mapping_out_id=world.mapping.pk,
        mapping_back_id=None, entities=[(world.entity, "1", "1")], policies=[],
    )  # fmt: skip
    with pytest.raises(
        PipelineRefused, match="AP already holds records of its own .vendor., and no mapping reads them"
    ):
        matching.match(actor=SYSTEM, pipeline=made)
    made.refresh_from_db()
    assert made.matched_at is None
    assert gaps(made)[0].startswith("Vendor master has not been matched yet.")


def test_what_was_matched_before_a_restore_has_to_be_matched_again(world: World) -> None:
    pipeline = world.pipeline(live=False)
    matching.match(actor=SYSTEM, pipeline=pipeline)
    move(actor=SYSTEM, pipeline=pipeline, to="live")
    pause(actor=SYSTEM, pipeline=pipeline, because="restored")
    move(actor=SYSTEM, pipeline=pipeline, to="matching")
    pipeline.refresh_from_db()
    assert pipeline.matched_at is None
