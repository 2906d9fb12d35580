"""The suite is worth something only if a flawed connector fails it: one flaw each, one test that must notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Event, Json, KeyPage, LedgerLine, Page, RawRecord, Step, Totals, Written
from connectors.errors import ContractBroken, DataRejected
from connectors.testing.booking import Booking, Noticing
from connectors.testing.failing import Failing
from connectors.testing.reading import Reading
from connectors.testing.twin import CREATE, TwinErp
from connectors.testing.writing import Writing
from tests.connectors.bench_twin import TwinBench, twin_bench


@pytest.fixture
def bench() -> Iterator[TwinBench]:
    with twin_bench() as bench:
        yield bench


class LosesLastOfPage(TwinErp):
    def read(self, *args: Any, **kwargs: Any) -> Page:
        page = super().read(*args, **kwargs)
        return replace(page, records=page.records[:-1])


class ResumesTooLate(TwinErp):
    def read(self, obj: str, *, cursor: Json | None, **kwargs: Any) -> Page:
        page = super().read(obj, cursor=cursor, **kwargs)
        return replace(page, records=page.records[2:]) if cursor else page


class WalksInACircle(TwinErp):
    def read(self, obj: str, *, cursor: Json | None, **kwargs: Any) -> Page:
        first = super().read(obj, cursor=None, **kwargs)
        return replace(first, more=True)


class KeepsTheVersion(TwinErp):
    def read(self, *args: Any, **kwargs: Any) -> Page:
        page = super().read(*args, **kwargs)
        return replace(page, records=[replace(record, version="1") for record in page.records])


class WallClock(TwinErp):
    def read(self, *args: Any, **kwargs: Any) -> Page:
        page = super().read(*args, **kwargs)
        naive = [replace(r, modified_at=r.modified_at and r.modified_at.replace(tzinfo=None)) for r in page.records]
        return replace(page, records=naive)


class NewestFirst(TwinErp):
    def read(self, *args: Any, **kwargs: Any) -> Page:
        page = super().read(*args, **kwargs)
        return replace(page, records=list(page.records)[::-1])


class InventsUnknown(TwinErp):
    def fetch(self, obj: str, external_id: str, *, company: str) -> RawRecord | None:
        return super().fetch(obj, external_id, company=company) or RawRecord(external_id, {})


class FetchesThinner(TwinErp):
    def fetch(self, obj: str, external_id: str, *, company: str) -> RawRecord | None:
        found = super().fetch(obj, external_id, company=company)
        return found and replace(found, body={"id": external_id})


class ForgetsKeys(TwinErp):
    def keys(self, *args: Any, **kwargs: Any) -> KeyPage:
        page = super().keys(*args, **kwargs)
        return replace(page, keys=page.keys[1:])


class Floats(TwinErp):
    def read(self, *args: Any, **kwargs: Any) -> Page:
        page = super().read(*args, **kwargs)
        return replace(page, records=[replace(r, body={**r.body, "deep": [{"x": 1.5}]}) for r in page.records])


class CallsItAmountNow(TwinErp):
    def read(self, *args: Any, **kwargs: Any) -> Page:
        page = super().read(*args, **kwargs)
        return replace(page, records=[replace(r, body={"total": r.body.get("amount")}) for r in page.records])


class ProvesEverything(TwinErp):
    def proved(self, obj: str, step: Step, *, company: str, body: Json, external_id: str) -> Written | None:
        return Written(external_id)


class ProvesNothing(TwinErp):
    def proved(self, obj: str, step: Step, *, company: str, body: Json, external_id: str) -> Written | None:
        return None


class CreatesTwice(TwinErp):
    def perform(self, obj: str, step: Step, **kwargs: Any) -> Written:
        if step.name == "create":
            super().perform(obj, step, **kwargs)
        return super().perform(obj, step, **kwargs)


class LosesReference(TwinErp):
    def perform(self, obj: str, step: Step, *, reference: str, **kwargs: Any) -> Written:
        return super().perform(obj, step, reference=reference[:10], **kwargs)


class PutsTwice(TwinErp):
    def perform(self, obj: str, step: Step, **kwargs: Any) -> Written:
        return super().perform(obj, CREATE if step.name == "put" else step, **kwargs)


class FindsEverything(TwinErp):
    def search(self, obj: str, reference: str, *, company: str) -> Sequence[RawRecord]:
        return self.read(obj, company=company, cursor=None, limit=1000).records


class ComputesNoTotals(TwinErp):
    def totals(self, obj: str, body: Json) -> Totals | None:
        return None


class HidesTheField(TwinErp):
    def perform(self, obj: str, step: Step, **kwargs: Any) -> Written:
        try:
            return super().perform(obj, step, **kwargs)
        except Exception as error:
            error.field = ""  # type: ignore[attr-defined]
            raise


class LedgerACentOff(TwinErp):
    def ledger(self, obj: str, *, company: str, as_of: date) -> Iterator[LedgerLine]:
        lines = list(super().ledger(obj, company=company, as_of=as_of))
        return iter([replace(lines[0], amount=lines[0].amount + Decimal("0.01")), *lines[1:]])


class LedgerNetted(TwinErp):
    def ledger(self, obj: str, *, company: str, as_of: date) -> Iterator[LedgerLine]:
        return (replace(line, side="credit") for line in super().ledger(obj, company=company, as_of=as_of))


class BlocksNothing(TwinErp):
    def block_payment(self, external_vendor_id: str, *, company: str, reason: str) -> Sequence[LedgerLine]:
        return []


class BelievesEverybody(TwinErp):
    def webhook_events(self, headers: Any, body: bytes, secrets: Sequence[str]) -> Sequence[Event]:
        return [Event("1", "invoice", "invoice-1")]


class KnowsOneSecret(TwinErp):
    def webhook_events(self, headers: Any, body: bytes, secrets: Sequence[str]) -> Sequence[Event]:
        return super().webhook_events(headers, body, secrets[:1])


class AcceptsAnyKey(TwinErp):
    def __init__(self, client: Any, settings: Any) -> None:
        super().__init__(client, {**settings, "key": "twin-key"})


FLAWS: list[tuple[type[TwinErp], Callable[..., None], str]] = [
    (LosesLastOfPage, Reading.test_a_full_read_returns_every_record, "vendor"),
    (ResumesTooLate, Reading.test_a_read_resumed_from_a_saved_cursor_returns_the_rest, "vendor"),
    (WalksInACircle, Reading.test_a_full_read_returns_every_record, "vendor"),
    (KeepsTheVersion, Reading.test_a_change_after_the_last_page_is_found_from_its_cursor, "vendor"),
    (WallClock, Reading.test_records_come_in_the_order_of_their_change, "vendor"),
    (NewestFirst, Reading.test_records_come_in_the_order_of_their_change, "vendor"),
    (InventsUnknown, Reading.test_a_record_that_does_not_exist_is_none, "vendor"),
    (FetchesThinner, Reading.test_a_record_fetched_alone_is_the_record_that_was_read, "vendor"),
    (ForgetsKeys, Reading.test_the_keys_are_all_ids_with_their_versions, "vendor"),
    (Floats, Reading.test_no_number_came_through_a_float, "vendor"),
    (CallsItAmountNow, Reading.test_the_declared_amount_and_currency_are_there, "invoice"),
    (ProvesEverything, Writing.test_a_record_is_made_step_by_step_and_each_step_is_provable, "invoice"),
    (ProvesNothing, Writing.test_a_record_is_made_step_by_step_and_each_step_is_provable, "vendor"),
    (CreatesTwice, Writing.test_a_record_is_made_step_by_step_and_each_step_is_provable, "vendor"),
    (CreatesTwice, Writing.test_our_reference_finds_exactly_the_record_we_made, "vendor"),
    (LosesReference, Writing.test_our_reference_finds_exactly_the_record_we_made, "vendor"),
    (PutsTwice, Writing.test_an_absolute_step_sent_twice_leaves_what_one_left, "approval"),
    (FindsEverything, Writing.test_our_reference_finds_exactly_the_record_we_made, "vendor"),
    (ComputesNoTotals, Writing.test_a_record_is_made_step_by_step_and_each_step_is_provable, "invoice"),
    (HidesTheField, Writing.test_a_refused_record_names_its_field_and_leaves_nothing, "vendor"),
    (LedgerACentOff, Booking.test_the_ledger_agrees_with_the_books_to_the_cent, ""),
    (LedgerNetted, Booking.test_the_ledger_agrees_with_the_books_to_the_cent, ""),
    (BlocksNothing, Booking.test_a_block_lists_the_open_items_and_may_be_repeated, ""),
    (BelievesEverybody, Noticing.test_a_forged_notification_is_refused, ""),
    (KnowsOneSecret, Noticing.test_a_genuine_notification_is_believed_with_either_secret, ""),
    (AcceptsAnyKey, Failing.test_wrong_credentials_stop_the_connection, "class"),
]


@pytest.mark.parametrize(("flawed", "test", "about"), FLAWS, ids=lambda v: getattr(v, "__name__", v))
def test_a_flawed_connector_fails(
    bench: TwinBench, flawed: type[TwinErp], test: Callable[..., None], about: str
) -> None:
    suite: Any = type("Suite", (Reading, Writing, Failing, Booking, Noticing), {"connector_class": flawed})()
    connector = flawed(None, bench.settings)  # type: ignore[arg-type]
    arguments: dict[str, Any] = {"bench": bench}
    if about != "class":
        arguments["connector"] = connector
    if about in flawed.objects:
        arguments["spec"] = flawed.objects[about]
    sound = TwinErp(None, bench.settings)  # type: ignore[arg-type]
    if "connector" in arguments:
        test(suite, **{**arguments, "connector": sound})  # the same test passes without the flaw
    with pytest.raises((AssertionError, pytest.fail.Exception, ContractBroken, DataRejected)):
        test(suite, **arguments)
