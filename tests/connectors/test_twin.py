from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Page
from connectors.errors import (
    AuthenticationFailed,
    ContractBroken,
    DataRejected,
    RateLimited,
    Retryable,
    Uncertain,
)
from connectors.paging import walk
from connectors.testing.twin import CREATE, POST, VALIDATE, TwinErp
from connectors.testing.twin_system import Fault, TwinSystem


@pytest.fixture
def system() -> Iterator[TwinSystem]:
    yield TwinSystem.named("t")
    TwinSystem.forget()


@pytest.fixture
def erp(system: TwinSystem) -> TwinErp:
    return TwinErp(None, {"system": "t", "key": system.key})  # type: ignore[arg-type]


def create(erp: TwinErp, reference: str = "r1", **body: Any) -> str:
    return erp.perform("vendor", CREATE, company="1", body={"name": "A", **body}, reference=reference).external_id


def found(erp: TwinErp, reference: str = "r1") -> int:
    return len(erp.search("vendor", reference, company="1"))


@pytest.mark.parametrize(
    ("kind", "write_error", "read_error", "applied"),
    [
        ("drop_before", Uncertain, Retryable, 0),
        ("drop_after", Uncertain, Retryable, 1),
        ("error_after", Uncertain, Retryable, 1),
        ("late", Uncertain, Retryable, 1),
        ("rate_limited", RateLimited, RateLimited, 0),
        ("credentials", AuthenticationFailed, AuthenticationFailed, 0),
        ("rejected", DataRejected, DataRejected, 0),
        ("html", Uncertain, ContractBroken, 0),
    ],
)
def test_each_fault_strikes_once_as_what_it_is(
    erp: TwinErp, system: TwinSystem, kind: Any, write_error: Any, read_error: Any, applied: int
) -> None:
    system.faults = [Fault(kind, operation="perform"), Fault(kind, operation="read")]
    with pytest.raises(write_error):
        create(erp)
    assert found(erp) == applied
    assert len(system.log) == applied
    with pytest.raises(read_error):
        erp.read("vendor", company="1", cursor=None, limit=10)
    create(erp, "r2")
    assert found(erp, "r2") == 1


def test_a_search_can_lag(erp: TwinErp, system: TwinSystem) -> None:
    create(erp)
    system.faults = [Fault("hidden", operation="search", times=2)]
    assert [found(erp), found(erp), found(erp)] == [0, 0, 1]


def test_a_late_write_is_not_there_at_first(erp: TwinErp, system: TwinSystem) -> None:
    system.faults = [Fault("late", operation="perform")]
    with pytest.raises(Uncertain):
        create(erp)
    assert system.log == []
    erp.check()
    assert len(system.log) == 1


def test_a_repeated_page_is_noticed(erp: TwinErp, system: TwinSystem) -> None:
    for n in range(5):
        create(erp, f"r{n}")
    system.faults = [Fault("repeat_page", operation="read", times=10)]
    with pytest.raises(ContractBroken, match="circle"):
        list(walk(lambda at: erp.read("vendor", company="1", cursor=at, limit=2)))


def test_a_total_can_come_back_a_cent_off(erp: TwinErp, system: TwinSystem) -> None:
    vendor = create(erp)
    body = {"number": "1", "vendor": vendor, "currency": "USD", "lines": [{"amount": "10.00"}]}
    made = erp.perform("invoice", CREATE, company="1", body=body, reference="i1")
    system.faults = [Fault("cent_off", step="validate")]
    valid = erp.perform("invoice", VALIDATE, company="1", body={}, reference="i1", external_id=made.external_id)
    totals = erp.totals("invoice", valid.body)
    assert totals is not None
    assert totals.payable_amount == Decimal("10.01")


def test_a_draft_cannot_be_posted(erp: TwinErp) -> None:
    vendor = create(erp)
    body = {"number": "1", "vendor": vendor, "currency": "USD", "lines": [{"amount": "10.00"}]}
    made = erp.perform("invoice", CREATE, company="1", body=body, reference="i1")
    with pytest.raises(DataRejected, match="validated first"):
        erp.perform("invoice", POST, company="1", body={}, reference="i1", external_id=made.external_id)


def test_what_a_reader_does_to_a_body_stays_with_the_reader(erp: TwinErp) -> None:
    external_id = create(erp, bank={"iban": "X"})
    first = erp.fetch("vendor", external_id, company="1")
    assert first is not None
    first.body["bank"]["iban"] = "stolen"
    again = erp.fetch("vendor", external_id, company="1")
    assert again is not None
    assert again.body["bank"]["iban"] == "X"


def test_a_walk_ends_where_the_pages_end(erp: TwinErp) -> None:
    for n in range(7):
        create(erp, f"r{n}")
    pages: list[Page] = list(walk(lambda at: erp.read("vendor", company="1", cursor=at, limit=3)))
    assert len({record.external_id for page in pages for record in page.records}) == 7
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]
