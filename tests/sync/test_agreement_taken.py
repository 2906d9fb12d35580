"""What the agreement of both systems explains, what it leaves red, and who may take it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from sync_world import World

from connectors import services as connections
from connectors.base import LedgerLine
from connectors.testing.twin import _Twin
from sync.agreement import explain
from sync.agreement.books import Books
from sync.agreement.services import NothingToAgree, agree
from sync.links.models import IdentityKey, Landing, Link, RecordState
from sync.pipelines.models import MatchProposal, Pipeline
from sync.pipelines.services import create_pipeline, move, pause
from sync.runs.models import Run, RunEntry, WorkItem
from tenancy.accounts.actors import SYSTEM
from tenancy.clock import db_now

Person = Callable[..., Any]
AMOUNT = Decimal("100")


def line(external_id: str, key: str = "V|1", *, amount: Decimal = AMOUNT, **more: Any) -> LedgerLine:
    return LedgerLine("invoice", external_id, key, "us", "USD", "credit", amount, **more)


@pytest.fixture
def bills(world: World) -> Pipeline:
    """Approved invoices from the AP service to the ERP, being matched."""
    made = create_pipeline(
        actor=SYSTEM, customer_id=world.customer.pk, domain="invoices", source_id=world.ap_connection.pk,
        target_id=world.erp_connection.pk, mapping_in_id=world.mapping.pk, mapping_out_id=world.mapping.pk,
        mapping_back_id=world.mapping.pk, entities=[(world.entity, "1", "1")], policies=[],
    )  # fmt: skip
    return move(actor=SYSTEM, pipeline=made, to="matching")


def live(pipeline: Pipeline) -> Pipeline:
    return move(actor=SYSTEM, pipeline=pipeline, to="live")


def linked(pipeline: Pipeline, source: str, target: str, origin: str = "created") -> Link:
    return Link.objects.create(
        object="invoice", company="1", source_id=pipeline.source_id, source_external_id=source,
        target_id=pipeline.target_id, target_external_id=target, target_company="1", origin=origin,
        correlation_id="c",
    )  # fmt: skip


def record(pipeline: Pipeline, external_id: str, state: str, *, hours: int = 0) -> RecordState:
    """A bill that was read and stands so since so many hours."""
    then = db_now() - timedelta(hours=hours)
    landing = Landing.objects.create(
        connection_id=pipeline.source_id, object="invoice", company="1", external_id=external_id, source_hash=b"x",
        correlation_id=external_id, landed_at=then,
    )  # fmt: skip
    return RecordState.objects.create(pipeline=pipeline, landing=landing, state=state, changed_at=then)


def skipped(pipeline: Pipeline, external_id: str, reason: str, sentence: str = "So it is.") -> None:
    row = record(pipeline, external_id, "skipped")
    run = Run.objects.create(pipeline=pipeline, kind="full", trigger="schedule")
    RunEntry.objects.create(
        run=run, page=1, record=row, landing=row.landing, state="closed", outcome="skipped", reason=reason,
        sentence=sentence, source_hash=b"x",
    )  # fmt: skip


def reasons(pipeline: Pipeline, erp: list[LedgerLine], ap: list[LedgerLine]) -> dict[str, str]:
    """Key → its reason; what is missing is red."""
    found = explain.explanations(pipeline, Books("invoice", erp, ap))
    assert all(one.sentence and one.amount is not None and one.side for told in found.values() for one in told)
    return {key: told[0].reason for key, told in found.items()}


# ------------------------------------------------------------------------------------------------- pairs and states
def test_a_posted_invoice_that_vanished_from_the_ap_service_is_red_whatever_the_pipelines_state(
    bills: Pipeline,
) -> None:
    linked(bills, "ap-1", "erp-1")
    assert reasons(bills, [line("erp-1")], []) == {}
    live(bills)
    bills.refresh_from_db()
    assert reasons(bills, [line("erp-1")], []) == {}
    pause(actor=SYSTEM, pipeline=bills, because="x")
    bills.refresh_from_db()
    assert reasons(bills, [line("erp-1")], []) == {}


def test_a_matched_pair_spelled_differently_is_in_process_only_while_matching_and_with_equal_amounts(
    bills: Pipeline,
) -> None:
    linked(bills, "ap-1", "erp-1", "matched")
    erp, ap = line("erp-1", "V|1"), line("ap-1", "S|1")
    assert reasons(bills, [erp], [ap]) == {"V|1": "in_process", "S|1": "in_process"}
    assert reasons(bills, [erp], [line("ap-1", "S|1", amount=Decimal("900"))]) == {}
    live(bills)
    bills.refresh_from_db()
    assert reasons(bills, [erp], [ap]) == {}


def test_what_has_no_counterpart_is_in_process_before_live_and_red_afterwards(bills: Pipeline) -> None:
    MatchProposal.objects.create(pipeline=bills, object="invoice", source_id="ap-1", certainty="none")
    seen, unseen = line("ap-1", stage="approved"), line("ap-2", "V|2", stage="approved")
    assert reasons(bills, [], [seen, unseen]) == {"V|1": "in_process"}
    live(bills)
    bills.refresh_from_db()
    assert reasons(bills, [], [seen]) == {}


def test_a_bill_to_be_paid_from_before_the_cut_over_is_red_and_a_paid_one_is_cut_off(bills: Pipeline) -> None:
    bills.cutover_on = date(2026, 6, 1)
    for key in ("ap-1", "ap-2"):
        MatchProposal.objects.create(pipeline=bills, object="invoice", source_id=key, certainty="none")
    early = {"day": date(2026, 5, 1)}
    books = [line("ap-1", "V|1", stage="approved", **early), line("ap-2", "V|2", stage="paid", **early)]
    assert reasons(bills, [], books) == {"V|2": "cut_off"}


@pytest.mark.parametrize(
    ("reason", "stage", "told"),
    [
        ("before_cutover", "approved", None),
        ("before_cutover", "partlyPaid", None),
        ("before_cutover", "paid", "cut_off"),
        ("excluded", "approved", "out_of_scope"),
        ("draft", "inApproval", "in_process"),
        ("draft", "approved", None),
        ("ended", "void", "out_of_scope"),
        ("never_written", "approved", None),
    ],
)
def test_a_skipped_record_is_explained_by_why_it_was_skipped(
    bills: Pipeline, reason: str, stage: str, told: str | None
) -> None:
    skipped(bills, "ap-1", reason)
    live(bills)
    assert reasons(bills, [], [line("ap-1", stage=stage)]).get("V|1") == told


@pytest.mark.parametrize(
    ("state", "hours", "told"),
    [
        ("waiting", 1, "in_process"),
        ("waiting", 25, None),
        ("landed", 25, None),
        ("uncertain", 1, "in_transit"),
        ("uncertain", 25, None),
        ("applied", 0, None),
    ],
)
def test_what_is_on_its_way_is_explained_for_a_day(bills: Pipeline, state: str, hours: int, told: str | None) -> None:
    record(bills, "ap-1", state, hours=hours)
    assert reasons(bills, [], [line("ap-1", stage="approved")]).get("V|1") == told


def test_a_void_bill_whose_posting_was_taken_back_is_explained(bills: Pipeline) -> None:
    record(bills, "ap-1", "applied")
    linked(bills, "ap-1", "erp-1")
    assert reasons(bills, [], [line("ap-1", stage="void")]) == {"V|1": "out_of_scope"}
    assert reasons(bills, [line("erp-1")], []) == {}


def test_a_held_bill_is_explained_by_what_a_person_is_asked(bills: Pipeline) -> None:
    row = record(bills, "ap-1", "held", hours=100)
    assert reasons(bills, [], [line("ap-1", stage="approved")]) == {}
    WorkItem.objects.create(
        record=row, pipeline=bills, customer_id=bills.customer_id, code="totals", cause="totals",
        sentence="The total is a cent off.", digest="d", opened_at=db_now(),
    )  # fmt: skip
    (told,) = explain.explanations(bills, Books("invoice", [], [line("ap-1", stage="approved")]))["V|1"]
    assert (told.reason, told.sentence, told.amount) == ("held", "The total is a cent off.", AMOUNT)


# ------------------------------------------------------------------------------------------------ keyed in the ERP
def vendor(connection_id: Any, external_id: str, number: str) -> None:
    IdentityKey.objects.create(
        connection_id=connection_id, object="vendor", external_id=external_id, keys=[],
        facts={"record": {"vendor_number": number}},
    )  # fmt: skip


def test_an_erp_document_is_its_own_peoples_only_if_no_bill_is_the_same(bills: Pipeline) -> None:
    erp = line("erp-9", "V|INV 0001", stage="posted")
    assert reasons(bills, [erp], []) == {"V|INV 0001": "erp_keyed"}
    assert reasons(bills, [erp], [line("ap-1", "V|inv-1", stage="posted")]) == {}
    assert reasons(bills, [erp], [line("ap-1", "S|inv-1", stage="posted")]) == {}
    assert reasons(bills, [erp], [line("ap-1", "S|inv-1", amount=Decimal("7"), stage="posted")]) == {
        "V|INV 0001": "erp_keyed"
    }


def test_an_erp_document_whose_twin_is_held_is_explained_until_the_twin_is_posted_too(bills: Pipeline) -> None:
    erp, twin = line("erp-9", "V|INV 0001", stage="posted"), line("ap-1", "V|inv-1", stage="approved")
    row = record(bills, "ap-1", "held")
    WorkItem.objects.create(
        record=row, pipeline=bills, customer_id=bills.customer_id, code="duplicate_invoice", cause="d",
        sentence="It is in the ERP already.", digest="d", opened_at=db_now(),
    )  # fmt: skip
    assert reasons(bills, [erp], [twin]) == {"V|INV 0001": "held", "V|inv-1": "held"}
    linked(bills, "ap-1", "erp-10")
    assert "V|INV 0001" not in reasons(bills, [erp, line("erp-10", "V|inv-1")], [twin])


def test_the_same_number_of_a_vendor_known_to_be_another_is_no_twin(bills: Pipeline) -> None:
    vendor(bills.target_id, "erp-v", "V")
    vendor(bills.target_id, "erp-w", "W")
    vendor(bills.source_id, "ap-w", "S")
    Link.objects.create(
        object="vendor", source_id=bills.target_id, source_external_id="erp-w", target_id=bills.source_id,
        target_external_id="ap-w", origin="matched", correlation_id="c",
    )  # fmt: skip
    theirs = line("ap-1", "S|1", stage="posted")
    assert reasons(bills, [line("erp-9", "V|1")], [theirs]) == {"V|1": "erp_keyed"}
    assert reasons(bills, [line("erp-9", "W|1")], [theirs]) == {}


def test_a_document_that_we_wrote_and_that_lost_its_link_is_not_the_erps_own(world: World, bills: Pipeline) -> None:
    from sync.runs.models import Intent

    row = record(bills, "ap-1", "applied")
    run = Run.objects.create(pipeline=bills, kind="full", trigger="schedule")
    entry = RunEntry.objects.create(
        run=run, page=1, record=row, landing=row.landing, state="closed", outcome="created", source_hash=b"x"
    )
    Intent.objects.create(
        entry=entry, number=1, step="create", operation="create", object="invoice", connection_id=bills.target_id,
        reference="r-1", external_id="erp-9", body={}, state="done",
    )  # fmt: skip
    assert reasons(bills, [line("erp-9")], []) == {}


def test_a_document_of_another_ap_service_belongs_there(world: World, bills: Pipeline) -> None:
    other = second_ap(world)
    Link.objects.create(
        object="invoice", source=other, source_external_id="x", target_id=bills.target_id, target_external_id="erp-1",
        origin="created", correlation_id="c",
    )  # fmt: skip
    (told,) = explain.explanations(bills, Books("invoice", [line("erp-1")], []))["V|1"]
    assert (told.reason, "AP 2" in told.sentence) == ("out_of_scope", True)


# ------------------------------------------------------------------------------------------------------ taking one
def second_ap(world: World) -> Any:
    made = connections.create_connection(
        actor=SYSTEM, customer=world.customer, connector="twin_ap", label="AP 2", settings={"system": "ap2"},
        credentials={"key": "twin-key"},
    )  # fmt: skip
    connections.bind_entity(actor=SYSTEM, connection_id=made.pk, entity=world.entity, external_company="1")
    return made


def test_a_customer_with_two_ap_services_gets_rows_for_each(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.pipeline()
    second = create_pipeline(
        actor=SYSTEM, customer_id=world.customer.pk, domain="vendors", source_id=world.erp_connection.pk,
        target_id=second_ap(world).pk, mapping_in_id=world.mapping.pk, mapping_out_id=world.mapping.pk,
        mapping_back_id=world.mapping.pk, entities=[(world.entity, "1", "1")], policies=[],
    )  # fmt: skip
    move(actor=SYSTEM, pipeline=second, to="matching")
    books = lambda self, obj, *, company, as_of: iter([LedgerLine(obj, "1", "V1", company, "", "debit", Decimal(0))])  # noqa: E731
    monkeypatch.setattr(_Twin, "ledger", books)
    rows = agree(actor=SYSTEM, customer_id=world.customer.pk).rows.all()
    assert {row.ap_connection.label for row in rows} == {"AP", "AP 2"}
    assert {row.erp_connection for row in rows} == {world.erp_connection}


def test_both_books_empty_is_a_row_and_no_books_is_a_sentence(world: World, bills: Pipeline) -> None:
    world.pipeline()
    taken = agree(actor=SYSTEM, customer_id=world.customer.pk)
    (row,) = taken.rows.all()
    assert (row.object, row.company, row.erp["count"], row.ap["count"]) == ("invoice", "us", 0, 0)
    assert [gap["object"] for gap in taken.not_compared] == ["vendor"]
    assert "cannot be compared" in taken.not_compared[0]["sentence"]


def test_each_explained_difference_carries_a_sentence_for_the_screen(world: World, bills: Pipeline) -> None:
    world.erp.put(
        "invoice", {"vendor": "v", "number": "1", "currency": "USD", "amount": "50", "lines": []}, company="1"
    )
    (row,) = agree(actor=SYSTEM, customer_id=world.customer.pk).rows.all()
    assert [(d["reason"], d["sentence"][:16]) for d in row.explained] == [("erp_keyed", "Keyed in the ERP")]


@pytest.mark.parametrize("role", ["engineer", "approver", "customer_controller"])
def test_those_who_answer_for_it_may_take_an_agreement(bills: Pipeline, actor_with: Person, role: str) -> None:
    assert agree(actor=actor_with(role, customer_id=bills.customer_id), customer_id=bills.customer_id).pk


@pytest.mark.parametrize("role", ["customer_viewer", "clerk"])
def test_who_may_only_look_cannot_take_one(bills: Pipeline, actor_with: Person, role: str) -> None:
    with pytest.raises(PermissionDenied):
        agree(actor=actor_with(role, customer_id=bills.customer_id), customer_id=bills.customer_id, opening=True)


def test_a_day_that_has_not_come_is_refused(bills: Pipeline) -> None:
    with pytest.raises(NothingToAgree, match="has not come yet"):
        agree(actor=SYSTEM, customer_id=bills.customer_id, as_of=db_now().date() + timedelta(days=1))
