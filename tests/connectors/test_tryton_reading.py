"""What the connector reads from a real ERP: every vendor once, every change, in order, and what a fault means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connectors.base import Json, RawRecord
from connectors.catalog.tryton import Tryton
from connectors.errors import AuthenticationFailed, ConnectorError
from demo.erp import ErpServer
from demo.erp.actor import ErpUser


def read_all(tryton: Tryton, obj: str, cursor: Json | None = None, *, limit: int = 5) -> tuple[list[RawRecord], Json]:
    records: list[RawRecord] = []
    more = True
    while more:
        page = tryton.read(obj, company="1", cursor=cursor, limit=limit)
        records += page.records
        cursor, more = page.cursor, page.more
    assert cursor is not None
    return records, cursor


@pytest.fixture(scope="module")
def user(erp: ErpServer) -> ErpUser:
    return ErpUser.at(erp.base_url, erp.facts)


def settled(cursor: Json) -> Json:
    """The cursor of a pass that ended long ago, so that no overlap is read again."""
    return cursor | {"asof": "2999-01-01T00:00:00.000000Z"}


def test_every_vendor_is_read_once_in_order_of_its_last_change(tryton: Tryton, erp: ErpServer) -> None:
    records, _ = read_all(tryton, "vendor")
    once = {(record.external_id, record.modified_at) for record in records}
    ids = [external_id for external_id, _ in once]
    assert {str(one["id"]) for one in erp.facts.data["suppliers"].values()} <= set(ids)
    assert len(ids) == len(set(ids))
    times = [record.modified_at for record in records if record.modified_at]
    assert times == sorted(times) and len(times) == len(records)


def test_a_second_pass_over_unchanged_vendors_reads_nothing(tryton: Tryton) -> None:
    _, cursor = read_all(tryton, "vendor")
    assert read_all(tryton, "vendor", settled(cursor))[0] == []


@pytest.mark.parametrize(
    ("model", "values"),
    [
        ("party.address", {"street": "2 New Road"}),
        ("party.identifier", {"code": "730551406"}),
        ("party.contact_mechanism", {"value": "new@bellweather.example"}),
        ("bank.account.number", {"number": "GB98LOYD30963412873466"}),
        ("bank.account.number", {"active": False}),
    ],
)
def test_a_change_of_a_child_is_a_change_of_its_vendor(
    tryton: Tryton, erp: ErpServer, user: ErpUser, model: str, values: Json
) -> None:
    vendor = str(erp.facts.supplier("bellweather"))
    before, cursor = read_all(tryton, "vendor")
    path = {"bank.account": "owners", "bank.account.number": "account.owners"}.get(model, "party")
    child = user.read(model, [[f"{path}.id", "=", int(vendor)]], "id")[0]["id"]
    user.wire.put(model, child, values, company=1)
    after, _ = read_all(tryton, "vendor", settled(cursor))
    assert [record.external_id for record in after] == [vendor]
    old = next(record for record in before if record.external_id == vendor)
    assert after[0].version != old.version


def test_a_bank_account_taken_away_changes_the_version_though_it_leaves_no_time(
    tryton: Tryton, erp: ErpServer, user: ErpUser
) -> None:
    vendor = str(erp.facts.supplier("devries"))
    versions = dict(tryton.keys("vendor", company="1", cursor=None, limit=200).keys)
    link = user.read("bank.account-party.party", [["owner", "=", int(vendor)]], "id")[0]["id"]
    user.wire.delete("bank.account-party.party", link, company=1)
    now = dict(tryton.keys("vendor", company="1", cursor=None, limit=200).keys)
    assert {key for key in now if now[key] != versions.get(key)} == {vendor}


def test_a_deactivated_vendor_is_still_read(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    vendor = str(erp.facts.supplier("dupont"))
    _, cursor = read_all(tryton, "vendor")
    user.deactivate_vendor(int(vendor))
    after, _ = read_all(tryton, "vendor", settled(cursor))
    assert [(record.external_id, record.body["active"]) for record in after] == [(vendor, False)]


def test_a_vendor_that_does_not_exist_is_none_and_a_customer_is_no_vendor(tryton: Tryton) -> None:
    assert tryton.fetch("vendor", "999999", company="1") is None
    assert tryton.fetch("vendor", "1", company="1") is None  # the company's own party


def test_a_recent_pass_is_read_again_with_its_overlap(tryton: Tryton) -> None:
    _, cursor = read_all(tryton, "vendor")
    recent = cursor | {"asof": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    early = cursor | {"asof": "2020-01-01T00:00:00.000000Z"}
    assert len(read_all(tryton, "vendor", early)[0]) >= len(read_all(tryton, "vendor", recent)[0])
    assert read_all(tryton, "vendor", early)[0]


def test_the_books_count_the_same_active_vendors(tryton: Tryton) -> None:
    records, _ = read_all(tryton, "vendor", limit=100)
    active = {record.external_id for record in records if record.body["active"]}
    lines = list(tryton.ledger("vendor", company="1", as_of=datetime.now(UTC).date()))
    assert {line.external_id for line in lines} == active
    assert all(line.key.startswith("V") for line in lines)


def test_the_check_names_the_companies(tryton: Tryton) -> None:
    check = tryton.check()
    assert check.ok and "Alder & Finch Trading Inc." in check.sentence
    assert [company.currency for company in tryton.companies()] == ["USD", "EUR"]


def test_a_wrong_key_is_a_matter_of_credentials(tryton_with: Callable[..., Tryton]) -> None:
    with pytest.raises(AuthenticationFailed):
        tryton_with(api_key="wrong").companies()
    assert not tryton_with(api_key="wrong").check().ok


def test_a_wrong_database_is_a_sentence_without_the_systems_own_words(tryton_with: Callable[..., Tryton]) -> None:
    check = tryton_with(database="nosuch").check()
    assert not check.ok
    assert "<" not in check.sentence and "Traceback" not in check.sentence


def test_what_the_connections_user_may_not_do_is_a_matter_of_its_rights(tryton: Tryton, erp: ErpServer) -> None:
    vendor = str(erp.facts.supplier("kestrel"))
    with pytest.raises(AuthenticationFailed, match="right"):
        tryton.rest("1").write("bank.account.number", "1", {"number": "GB33BUKB20201555555555"}, ["id"])
    record = tryton.fetch("vendor", vendor, company="1")
    assert record is not None and "GB33" not in str(record.body)


def test_an_unknown_model_is_an_error_not_an_empty_page(tryton: Tryton) -> None:
    with pytest.raises(ConnectorError):
        tryton.rest("1").find("no.such", [], ["id"])
