"""What the planner decides, as statements about the product."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.engine.decisions import Conflict, Create, Hold, Retire, Skip, Update, Wait
from sync.engine.plan import decide, plan
from sync.engine.subjects import Known, Missing, Rules, Subject

RULES = Rules("vendor", may_retire=True)
BASE = {"vendor_number": "V1", "legal_name": "Initech", "email": "ap@initech.test"}


@dataclass(frozen=True)
class Found:
    code: str = "odd"
    severity: str = "hold"
    fields: tuple[str, ...] = ()
    message: str = "Look at this."
    cause_key: str = "odd"
    detail: dict[str, Any] = field(default_factory=dict)


def known(**more: Any) -> Known:
    return Known("T1", **({"source_base": BASE, "target_base": BASE, "target_now": BASE} | more))


def test_a_record_without_a_counterpart_is_created() -> None:
    assert decide(Subject("k", BASE), RULES) == Create(BASE)


def test_a_record_whose_parent_has_not_arrived_waits() -> None:
    missing = (Missing("payment_term", "7", "", "payment_term"),)
    assert decide(Subject("k", BASE, missing=missing), RULES) == Wait(missing)


def test_a_held_record_is_not_written_at_all() -> None:
    assert decide(Subject("k", BASE, findings=(Found(),)), RULES) == Hold((Found(),))


def test_a_warning_holds_nothing() -> None:
    assert isinstance(decide(Subject("k", BASE, findings=(Found(severity="warn"),)), RULES), Create)


def test_a_held_field_stays_out_and_the_rest_travels() -> None:
    finding = Found(fields=("email",))
    changed = BASE | {"email": "new@initech.test", "legal_name": "Initech Ltd"}
    decision = decide(Subject("k", changed, known(), findings=(finding,)), RULES)
    assert isinstance(decision, Update)
    assert "email" not in decision.record
    assert [c.path for c in decision.changes] == ["legal_name"]
    assert decision.held == (finding,)


def test_a_change_on_the_source_updates_the_target() -> None:
    decision = decide(Subject("k", BASE | {"legal_name": "Initech Ltd"}, known()), RULES)
    assert isinstance(decision, Update)
    assert decision.target_id == "T1"


def test_the_same_field_changed_differently_on_both_sides_is_a_conflict() -> None:
    theirs = known(target_now=BASE | {"legal_name": "INITECH"})
    assert isinstance(decide(Subject("k", BASE | {"legal_name": "Initech Ltd"}, theirs), RULES), Conflict)


def test_an_echo_of_our_own_value_is_no_conflict() -> None:
    new = BASE | {"legal_name": "Initech Ltd"}
    assert not isinstance(decide(Subject("k", new, known(target_now=new)), RULES), Conflict)


def test_a_field_of_ours_that_the_other_side_changed_is_put_back_and_shown() -> None:
    theirs = known(target_now=BASE | {"email": "other@initech.test"})
    decision = decide(Subject("k", BASE | {"legal_name": "Initech Ltd"}, theirs), RULES)
    assert isinstance(decision, Update)
    assert [(c.path, c.after) for c in decision.changes] == [
        ("legal_name", "Initech Ltd"),
        ("email", "ap@initech.test"),
    ]


def test_a_field_the_other_side_owns_is_never_ours_to_change() -> None:
    rules = Rules("vendor", owners={"email": "ap"})
    decision = decide(Subject("k", BASE | {"email": "new@initech.test"}, known()), rules)
    assert isinstance(decision, Skip)


def test_a_record_gone_at_its_source_retires_its_counterpart() -> None:
    assert decide(Subject("k", None, known()), RULES) == Retire("T1")


def test_a_record_gone_at_its_source_is_held_where_nothing_can_be_retired() -> None:
    assert isinstance(decide(Subject("k", None, known()), Rules("vendor", may_retire=False)), Hold)


def test_a_record_gone_before_it_was_written_needs_nothing() -> None:
    assert isinstance(decide(Subject("k", None), RULES), Skip)


def test_a_counterpart_deleted_behind_our_back_is_shown_to_a_person() -> None:
    gone = known(target_gone=True)
    assert isinstance(decide(Subject("k", BASE | {"legal_name": "X"}, gone), RULES), Hold)


def test_a_document_before_the_cut_over_is_never_created() -> None:
    decision = decide(Subject("k", BASE, before_cutover=True), RULES)
    assert isinstance(decision, Skip) and decision.reason == "before_cutover"


values = st.dictionaries(
    st.sampled_from(["vendor_number", "legal_name", "email", "telephone"]), st.sampled_from(["a", "b", "c", None])
)


@given(base=values, source=values, target=values)
def test_absent_fields_never_overwrite(base: dict[str, Any], source: dict[str, Any], target: dict[str, Any]) -> None:
    decision = decide(Subject("k", source, Known("T", base, base, target)), Rules("vendor"))
    if isinstance(decision, Update):
        assert {c.path for c in decision.changes} <= set(source)
        assert set(decision.record) <= set(source)


@given(base=values)
def test_a_record_that_did_not_change_is_never_written(base: dict[str, Any]) -> None:
    assert isinstance(decide(Subject("k", base, Known("T", base, base, None)), Rules("vendor")), Skip)


@given(st.lists(values, max_size=5))
def test_every_record_gets_exactly_one_decision(records: list[dict[str, Any]]) -> None:
    assert len(plan([Subject(str(n), r) for n, r in enumerate(records)], RULES)) == len(records)


def test_a_draft_does_not_travel_before_it_is_confirmed() -> None:
    decision = decide(Subject("k", BASE, phase="draft", findings=(Found(),)), RULES)
    assert isinstance(decision, Skip) and decision.reason == "draft"


def test_an_invoice_made_void_after_posting_is_taken_back_on_the_other_side() -> None:
    invoice = {"invoice_number": "A-1", "status": "void"}
    paired = Known("T1", invoice, invoice, None)
    assert decide(Subject("k", invoice, paired, phase="ended"), Rules("invoice", may_retire=True)) == Retire("T1")
    assert isinstance(decide(Subject("k", invoice, paired, phase="ended"), Rules("invoice")), Hold)


def test_a_void_invoice_that_was_cancelled_there_by_hand_leaves_nothing_to_do() -> None:
    invoice = {"invoice_number": "A-1", "status": "void"}
    cancelled = Known("T1", invoice, invoice, {"invoice_number": "A-1", "status": "void"})
    for rules in (Rules("invoice"), Rules("invoice", may_retire=True)):
        decision = decide(Subject("k", invoice, cancelled, phase="ended"), rules)
        assert isinstance(decision, Skip) and decision.reason == "taken_back"


def test_an_invoice_is_held_whole_even_where_one_field_is_at_fault() -> None:
    finding = Found(fields=("invoice_number",))
    subject = Subject("k", {"invoice_number": "A-1"}, findings=(finding,))
    assert decide(subject, Rules("invoice")) == Hold((finding,))


def test_a_blocked_field_stops_the_whole_record() -> None:
    finding = Found(severity="block", fields=("email",))
    assert decide(Subject("k", BASE, findings=(finding,)), RULES) == Hold((finding,))


def test_a_field_the_other_side_owns_is_not_sent_with_a_new_record_either() -> None:
    decision = decide(Subject("k", BASE), Rules("vendor", owners={"email": "ap"}))
    assert isinstance(decision, Create) and "email" not in decision.record
