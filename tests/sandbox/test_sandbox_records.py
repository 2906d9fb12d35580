"""Records, pages and filters of the stand-in, as a client of its interface meets them."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.sandbox_api import Api


def test_every_screen_and_answer_says_it_is_a_stand_in(api: Api) -> None:
    assert api.ok("GET", "/me")["standIn"] is True


def test_a_record_comes_back_as_it_was_sent(api: Api) -> None:
    sent = {
        "displayName": "شركة النور للتجارة",
        "supplierNumber": "V-1",
        "taxIdentifiers": [{"type": "vat", "number": "DE 129 273 398", "countryCode": "DE"}],
        "bankAccounts": [{"iban": "DE89370400440532013000", "validFrom": "2026-01-01"}],
        "companySettings": [{"companyId": "co-1", "hold": "payment", "holdReason": "new account"}],
        "externalReference": "ours-1",
    }
    created = api.ok("POST", "/suppliers", sent)
    assert created == api.ok("GET", f"/suppliers/{created['id']}")
    assert {name: created[name] for name in ("displayName", "supplierNumber", "externalReference")} == {
        name: sent[name] for name in ("displayName", "supplierNumber", "externalReference")
    }
    assert created["bankAccounts"][0]["iban"] == "DE89370400440532013000"
    assert created["version"] == 1 and created["createdAt"] == created["updatedAt"]


def test_the_same_create_twice_makes_two(api: Api) -> None:
    body = {"displayName": "Twice", "externalReference": "once"}
    first, second = api.ok("POST", "/suppliers", body), api.ok("POST", "/suppliers", body)
    assert first["id"] != second["id"]
    assert len(api.ok("GET", "/suppliers", externalReference="once")["data"]) == 2


def test_an_idempotency_key_only_counts_when_it_is_switched_on(api: Api) -> None:
    def create(name: str) -> tuple[int, str]:
        reply = api.call("POST", "/api/v1/suppliers", {"displayName": name}, headers={"Idempotency-Key": "k"})
        return reply.status, reply.json().get("id", "")

    assert create("A")[1] != create("A")[1]
    api.control.settings(idempotencyKeys=True)
    first = create("A")
    assert create("A") == first
    assert create("B")[0] == 422


def test_a_patch_sets_what_it_names_and_leaves_the_rest(api: Api) -> None:
    supplier = api.ok("POST", "/suppliers", {"displayName": "A", "note": "keep", "phoneNumber": "1"})
    patched = api.ok("PATCH", f"/suppliers/{supplier['id']}", {"displayName": "B", "phoneNumber": None})
    assert (patched["displayName"], patched["note"], patched["phoneNumber"]) == ("B", "keep", None)
    assert patched["version"] == 2 and patched["updatedAt"] > supplier["updatedAt"]


def test_a_patch_that_changes_nothing_leaves_the_record_untouched(api: Api) -> None:
    supplier = api.ok("POST", "/suppliers", {"displayName": "A"})
    assert api.ok("PATCH", f"/suppliers/{supplier['id']}", {"displayName": "A"}) == supplier


def test_a_patch_for_one_company_leaves_the_settings_of_the_other(api: Api) -> None:
    both = [{"companyId": "co-1", "hold": "all"}, {"companyId": "co-2", "hold": "payment"}]
    supplier = api.ok("POST", "/suppliers", {"displayName": "A", "companySettings": both})
    changed = {"companySettings": [{"companyId": "co-1", "hold": "none"}]}
    after = api.ok("PATCH", f"/suppliers/{supplier['id']}", changed)["companySettings"]
    assert [(item["companyId"], item["hold"]) for item in after] == [("co-1", "none"), ("co-2", "payment")]


def test_a_deactivated_record_stays(api: Api) -> None:
    supplier = api.ok("POST", "/suppliers", {"displayName": "A"})
    assert api.ok("POST", f"/suppliers/{supplier['id']}/deactivate")["status"] == "inactive"
    again = api.ok("POST", f"/suppliers/{supplier['id']}/deactivate")
    assert (again["status"], again["version"]) == ("inactive", 2)


@pytest.mark.parametrize(
    ("path", "body", "field", "words"),
    [
        ("/suppliers", {}, "displayName", "missing required field"),
        ("/suppliers", {"displayName": ""}, "displayName", "length >= 1"),
        ("/suppliers", {"displayName": "A", "colour": "red"}, "colour", "unknown field"),
        ("/suppliers", {"displayName": "A", "id": "sup-7"}, "id", "set by this service"),
        ("/suppliers", {"displayName": "A", "addresses": [{"zip": "1"}]}, "addresses[0].zip", "unknown field"),
        ("/suppliers", {"displayName": "A", "parentSupplierId": "sup-7"}, "parentSupplierId", "there is no sup-7"),
        ("/tax-codes", {"companyId": "co-1", "code": "V", "name": "V", "ratePercent": 20}, "ratePercent", "got `int`"),
        ("/ledger-accounts", {"code": "6000", "name": "Rent"}, "companyId", "which company"),
        ("/ledger-accounts", {"companyId": "co-9", "code": "6000", "name": "Rent"}, "companyId", "no company co-9"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_field_and_the_reason(
    api: Api, path: str, body: dict[str, object], field: str, words: str
) -> None:
    status, message, named = api.refused("POST", path, body)
    assert (status, named) == (422, field)
    assert words in message


@pytest.mark.parametrize("settings", ["x", [7], [{}], [{"companyId": {"a": 1}}], [{"companyId": None}]])
def test_settings_of_no_company_are_refused(api: Api, settings: object) -> None:
    supplier = api.ok("POST", "/suppliers", {"displayName": "A"})
    assert api.refused("PATCH", f"/suppliers/{supplier['id']}", {"companySettings": settings})[0] == 422


def test_a_version_that_never_was_is_not_found(api: Api) -> None:
    assert api.refused("GET", f"/bills/bill-1/approved-versions/{10**30}")[0] == 404


def test_bodies_that_are_no_json_object_are_refused(api: Api) -> None:
    assert api.call("POST", "/api/v1/suppliers", b"{nope").json()["error"]["code"] == "notJson"
    assert api.call("POST", "/api/v1/suppliers", b"[]").json()["error"]["code"] == "notAnObject"


def test_unknown_paths_verbs_and_filters_are_refused(api: Api) -> None:
    assert api.refused("GET", "/nothing")[0] == 404
    assert api.refused("DELETE", "/suppliers")[0] == 405
    assert api.refused("GET", "/suppliers", colour="red")[2] == "colour"
    assert api.refused("GET", "/suppliers", limit="501")[2] == "limit"
    assert api.refused("GET", "/suppliers", updatedSince="yesterday")[2] == "updatedSince"
    assert api.refused("GET", "/suppliers", pageToken="€")[2] == "pageToken"


def test_without_a_good_token_nothing_is_answered(api: Api) -> None:
    assert Api(api.base_url, api.control, token="wrong").refused("GET", "/suppliers")[0] == 401
    assert api.call("GET", "/api/v1/suppliers", headers={"Authorization": ""}).status == 401


def test_client_credentials_give_a_token_that_expires(api: Api) -> None:
    form = b"grant_type=client_credentials&client_id=stand-in-client&client_secret=stand-in-secret"
    api.control.settings(tokenLifetimeSeconds=0.2)
    issued = api.call("POST", "/oauth/token", form).json()
    with_token = Api(api.base_url, api.control, token=issued["access_token"])
    assert with_token.ok("GET", "/me")["standIn"]
    api.control.settings(tokenLifetimeSeconds=-1)
    late = Api(api.base_url, api.control, token=api.call("POST", "/oauth/token", form).json()["access_token"])
    assert "expired" in late.refused("GET", "/me")[1]
    assert api.call("POST", "/oauth/token", form.replace(b"stand-in-secret", b"guess")).status == 401


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stamps=st.lists(st.integers(0, 4), min_size=1, max_size=25), limit=st.integers(1, 7))
def test_pages_lose_and_double_nothing_whatever_times_are_equal(api: Api, stamps: list[int], limit: int) -> None:
    api.control.reset()
    moments = [f"2026-01-01T00:00:0{stamp}.000000Z" for stamp in stamps]
    api.control.seed(suppliers=[{"displayName": "S", "updatedAt": moment} for moment in moments])
    pages = api.everything("/suppliers", limit=limit)
    order = [(record["updatedAt"], record["id"]) for record in pages]
    assert order == sorted(order) and len(set(order)) == len(stamps)
    since = api.everything("/suppliers", limit=limit, updatedSince=moments[0])
    assert len(since) == sum(moment >= moments[0] for moment in moments)
    assert {key["id"] for key in api.everything("/suppliers/keys", limit=limit)} == {item[1] for item in order}


def test_a_company_sees_its_own_and_the_shared_records(api: Api) -> None:
    for company in ("co-1", "co-2"):
        api.ok("POST", "/ledger-accounts", {"companyId": company, "code": "6000", "name": company})
    assert [row["name"] for row in api.everything("/ledger-accounts", companyId="co-2")] == ["co-2"]
    api.ok("POST", "/payment-terms", {"code": "N30", "name": "30 days", "netDays": 30})
    assert len(api.everything("/payment-terms", companyId="co-2")) == 1


def test_a_silent_change_moves_the_version_and_not_the_time(api: Api) -> None:
    supplier = api.ok("POST", "/suppliers", {"displayName": "A"})
    edit = {"kind": "suppliers", "id": supplier["id"], "fields": {"displayName": "B"}, "silent": True}
    after = api.control.call("POST", "/edit", edit)
    assert (after["displayName"], after["updatedAt"]) == ("B", supplier["updatedAt"])
    assert api.everything("/suppliers/keys") == [{"id": supplier["id"], "version": 2}]


def test_twenty_thousand_suppliers_are_seeded_and_read_in_seconds(api: Api) -> None:
    start = time.perf_counter()
    api.control.seed(suppliers=[{"displayName": f"Supplier {n}", "supplierNumber": f"V{n}"} for n in range(20_000)])
    seeded = time.perf_counter()
    count = len(api.everything("/suppliers", limit=500))
    read = time.perf_counter()
    assert count == 20_000
    assert seeded - start < 20, f"seeding took {seeded - start:.1f} s"
    assert count / (read - seeded) > 5_000, f"{count / (read - seeded):.0f} records/s"
