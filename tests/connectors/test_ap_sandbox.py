"""The connector of the stand-in AP service against its faults: each arrives as what to do next, none is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest

from connectors.base import Page, Step
from connectors.catalog.ap_sandbox import ApSandbox
from connectors.errors import (
    AuthenticationFailed,
    ConnectorError,
    ContractBroken,
    DataRejected,
    RateLimited,
    Retryable,
    Uncertain,
)
from connectors.guard import Guard
from connectors.opening import open_directly
from connectors.paging import walk
from connectors.traffic import Caps
from sandbox.launch import Control, Running

CREATE, UPDATE = Step("create"), Step("update", absolute=True)
ACKNOWLEDGE = Step("acknowledge", absolute=True, side="source")


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Running("--memory") as process:
        yield process


@pytest.fixture
def control(running: Running) -> Control:
    running.control.reset()
    return running.control


Opener = Callable[..., ApSandbox]


@pytest.fixture
def opened(running: Running, control: Control) -> Opener:
    def open_it(seconds: float = 10.0, **changed: str) -> ApSandbox:
        settings = {"base_url": running.base_url, "sign_in": "token", "token": "stand-in-token", **changed}
        caps = Caps(total_seconds=seconds, read_seconds=seconds)
        connector = open_directly(ApSandbox, settings, guard=Guard(allow_loopback=True), caps=caps)
        assert isinstance(connector, ApSandbox)
        return connector

    return open_it


@pytest.fixture
def connector(opened: Opener) -> ApSandbox:
    return opened()


def _create(connector: ApSandbox, reference: str = "ref-1") -> str:
    body = {"displayName": "Nordlicht", "supplierNumber": "V-1"}
    return connector.perform("vendor", CREATE, company="co-1", body=body, reference=reference).external_id


def _applied(control: Control) -> int:
    return sum(line["applied"] for line in control.log(writes=True))


def _read(connector: ApSandbox, obj: str = "vendor", limit: int = 100) -> list[Page]:
    return list(walk(lambda at: connector.read(obj, company="co-1", cursor=at, limit=limit)))


@pytest.mark.parametrize(
    ("fault", "more", "error", "applied"),
    [
        ("applyThenDrop", {}, Uncertain, 1),
        ("applyThen500", {}, Uncertain, 1),
        ("dropBefore", {}, Uncertain, 0),
        ("error500", {}, Uncertain, 0),
        ("error500", {"status": 503}, Uncertain, 0),
        ("truncated", {}, Uncertain, 1),
        ("html", {}, Uncertain, 0),
        ("html", {"status": 200, "applies": True}, Uncertain, 1),
        ("never", {"seconds": 30, "applies": True}, Uncertain, 1),
        ("rateLimited", {"seconds": 7}, RateLimited, 0),
        ("limit400", {}, RateLimited, 0),
        ("okWithError", {}, DataRejected, 0),
        ("expiredToken", {}, AuthenticationFailed, 0),
    ],
)
def test_a_write_that_goes_wrong_says_what_to_do_next(
    opened: Opener, control: Control, fault: str, more: dict[str, object], error: type[ConnectorError], applied: int
) -> None:
    control.fault(fault, next=1, method="POST", **more)
    with pytest.raises(error) as caught:
        _create(opened(seconds=1.5))
    assert caught.value.sentence.endswith(".")
    assert _applied(control) == applied
    assert [line["fault"] for line in control.log(writes=True)] == [fault]
    if isinstance(caught.value, RateLimited):
        assert caught.value.after_seconds > 0


def test_a_late_write_is_found_by_a_search_within_the_declared_time(connector: ApSandbox, control: Control) -> None:
    control.fault("lateApply", next=1, seconds=0.4)
    with pytest.raises(Uncertain):
        _create(connector)
    assert connector.search("vendor", "ref-1", company="co-1") == []
    control.settled()
    assert len(connector.search("vendor", "ref-1", company="co-1")) == 1
    assert connector.settle_seconds > 0.4


def test_a_search_that_lags_finds_the_record_within_the_declared_time(connector: ApSandbox, control: Control) -> None:
    control.fault("lateSearch", next=1, seconds=0.4)
    made = _create(connector)
    assert connector.search("vendor", "ref-1", company="co-1") == []
    assert connector.fetch("vendor", made, company="co-1") is not None
    deadline = datetime.now(UTC).timestamp() + connector.settle_seconds
    while not (found := connector.search("vendor", "ref-1", company="co-1")):
        assert datetime.now(UTC).timestamp() < deadline
    assert [record.external_id for record in found] == [made]


def test_an_oauth2_connection_renews_its_token_and_goes_on(opened: Opener, control: Control) -> None:
    secrets = {"client_id": "stand-in-client", "client_secret": "stand-in-secret"}
    connector = opened(sign_in="oauth2", **secrets)
    assert connector.check().ok
    control.fault("expiredToken", next=1, path="/suppliers")
    assert _create(connector)
    issued = [line for line in control.log(writes=True) if line["path"] == "/oauth/token"]
    assert len(issued) == 2 and _applied(control) == 1


@pytest.mark.parametrize(
    ("fault", "more", "error"),
    [
        ("dropBefore", {}, Retryable),
        ("error500", {}, Retryable),
        ("truncated", {}, (ContractBroken, Retryable)),
        ("html", {}, Retryable),
        ("html", {"status": 200}, ContractBroken),
        ("okWithError", {}, DataRejected),
        ("hugeBody", {"sizeBytes": 200_000_000}, ContractBroken),
        ("never", {"seconds": 30}, Retryable),
        ("limit400", {}, RateLimited),
    ],
)
def test_a_read_that_goes_wrong_says_what_to_do_next(
    opened: Opener, control: Control, fault: str, more: dict[str, object], error: type[ConnectorError]
) -> None:
    control.fault(fault, next=1, method="GET", **more)
    with pytest.raises(error):
        opened(seconds=1.5).read("vendor", company="co-1", cursor=None, limit=10)


def test_a_repeated_page_token_stops_the_read(connector: ApSandbox, control: Control) -> None:
    control.seed(suppliers=[{"displayName": f"S{n}"} for n in range(9)])
    control.fault("repeatPageToken", next=1)
    with pytest.raises(ContractBroken, match="same page token"):
        _read(connector, limit=3)


def test_a_renamed_field_stops_the_read_and_is_named(connector: ApSandbox, control: Control) -> None:
    control.seed(suppliers=[{"displayName": "S"}])
    control.call("POST", "/drift", {"resource": "suppliers", "field": "displayName", "to": "name"})
    with pytest.raises(ContractBroken, match="displayName"):
        _read(connector)


def test_a_value_nobody_knows_yet_arrives_as_it_is(connector: ApSandbox, control: Control) -> None:
    control.seed(suppliers=[{"displayName": "S"}])
    drift = {"resource": "suppliers", "field": "status", "value": "active", "to": "onboarding"}
    control.call("POST", "/drift", drift)
    assert _read(connector)[0].records[0].body["status"] == "onboarding"


def test_an_address_that_answers_something_else_is_said_so(connector: ApSandbox, control: Control) -> None:
    control.fault("html", next=1, status=200)
    check = connector.check()
    assert not check.ok and "web page" in check.sentence


def test_an_unchanged_source_gives_at_most_the_last_record_again(connector: ApSandbox, control: Control) -> None:
    control.seed(suppliers=[{"displayName": f"S{n}"} for n in range(30)])
    *_, last = _read(connector, limit=7)
    again = connector.read("vendor", company="co-1", cursor=last.cursor, limit=100)
    assert len(again.records) == 1 and again.cursor == last.cursor


def test_a_time_is_a_cursor(connector: ApSandbox, control: Control) -> None:
    days = ("2026-01-01", "2026-02-01", "2026-03-01")
    control.seed(suppliers=[{"displayName": day, "updatedAt": f"{day}T00:00:00.000000Z"} for day in days])
    cursor = connector.cursor_since("vendor", datetime(2026, 2, 1, tzinfo=UTC))
    page = connector.read("vendor", company="co-1", cursor=cursor, limit=10)
    assert [record.body["displayName"] for record in page.records] == ["2026-02-01", "2026-03-01"]


def test_the_sweep_sees_what_no_cursor_can(connector: ApSandbox, control: Control) -> None:
    ids = control.seed(suppliers=[{"displayName": f"S{n}"} for n in range(3)])["suppliers"]
    control.call("POST", "/edit", {"kind": "suppliers", "id": ids[0], "fields": {"note": "x"}, "silent": True})
    control.call("POST", "/remove", {"kind": "suppliers", "ids": ids[1:2]})
    assert connector.keys("vendor", company="co-1", cursor=None, limit=10).keys == [(ids[0], "2"), (ids[2], "1")]


def test_settings_of_another_company_survive_an_update(connector: ApSandbox) -> None:
    made = _create(connector)
    for company, hold in (("co-1", "payment"), ("co-2", "all")):
        body = {"companySettings": [{"hold": hold}]}
        assert connector.proved("vendor", UPDATE, company=company, body=body, external_id=made) is None
        connector.perform("vendor", UPDATE, company=company, body=body, reference="", external_id=made)
        assert connector.proved("vendor", UPDATE, company=company, body=body, external_id=made)
    kept = connector.fetch("vendor", made, company="co-1")
    assert kept and [item["hold"] for item in kept.body["companySettings"]] == ["payment", "all"]


def test_only_bills_that_were_approved_once_are_read_and_stay_in_sight(connector: ApSandbox, control: Control) -> None:
    (supplier,) = control.seed(suppliers=[{"displayName": "S", "supplierNumber": "V-1"}])["suppliers"]
    head = {"companyId": "co-1", "supplierId": supplier, "issueDate": "2026-03-01", "currencyCode": "USD"}
    sums = {"netAmount": "1", "taxAmount": "0", "grossAmount": "1", "payableAmount": "1"}
    bills = [{**head, **sums, "billNumber": state, "status": state} for state in ("received", "approved", "posted")]
    _, approved, posted = control.seed(bills=bills)["bills"]
    assert {r.external_id for page in _read(connector, "invoice") for r in page.records} == {approved, posted}
    control.call("POST", "/edit", {"kind": "bills", "id": approved, "fields": {"status": "coding"}})
    assert _read(connector, "invoice")[-1].records[-1].external_id == approved
    lines = list(connector.ledger("invoice", company="co-1", as_of=date(2026, 12, 31)))
    assert [(line.stage, line.side, str(line.amount)) for line in lines] == [
        ("received", "credit", "1"),
        ("coding", "credit", "1"),
        ("posted", "credit", "1"),
    ]


def test_an_acknowledgement_is_absolute(connector: ApSandbox, control: Control) -> None:
    head = {"companyId": "co-1", "issueDate": "2026-03-01", "currencyCode": "USD", "status": "approved"}
    sums = {"netAmount": "1", "taxAmount": "0", "grossAmount": "1", "payableAmount": "1", "billNumber": "B"}
    (bill,) = control.seed(bills=[{**head, **sums}])["bills"]
    body = {"state": "posted", "documentNumber": "2026/1", "documentId": "1", "postingDate": "2026-03-02"}
    versions = set()
    for _ in range(2):
        written = connector.perform("invoice", ACKNOWLEDGE, company="co-1", body=body, reference="", external_id=bill)
        versions.add(written.body["version"])
    assert len(versions) == 1
    proof = connector.proved("invoice", ACKNOWLEDGE, company="co-1", body=body, external_id=bill)
    assert proof and proof.body["status"] == "posted"
