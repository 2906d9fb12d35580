"""The switches that make the service fail, seen from the wire and from the request log, which tells the truth."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from sandbox.launch import Running
from tests.sandbox.sandbox_api import Api

BODY = {"displayName": "A", "externalReference": "ref-1"}
NO_ANSWER = (http.client.RemoteDisconnected, ConnectionResetError)


def _names(api: Api) -> list[str]:
    return [record["displayName"] for record in api.control.state("suppliers")["suppliers"]]


def test_the_log_tells_what_came_what_was_done_and_what_was_answered(api: Api) -> None:
    made = api.ok("POST", "/suppliers", BODY)["id"]
    api.refused("POST", "/suppliers", {})
    api.ok("GET", "/suppliers", limit="5")
    create, refused, read = api.control.log()
    assert (create["method"], create["path"], create["externalReference"]) == ("POST", "/api/v1/suppliers", "ref-1")
    assert (create["applied"], create["operation"], create["objectId"]) == (True, "create", made)
    assert len(create["bodyDigest"]) == 64
    assert (refused["applied"], refused["status"]) == (False, 422)
    assert (read["query"], read["applied"], read["bodyDigest"]) == ("limit=5", False, "")


def test_the_log_outlives_a_reset_unless_it_is_asked_to_go(api: Api) -> None:
    api.ok("POST", "/suppliers", BODY)
    api.control.reset(log=False)
    assert _names(api) == [] and len(api.control.log()) == 1
    api.control.reset(log=True)
    assert api.control.log() == []


@pytest.mark.parametrize(("fault", "applied"), [("applyThenDrop", True), ("dropBefore", False)])
def test_a_dropped_call_gets_no_answer_whether_applied_or_not(api: Api, fault: str, applied: bool) -> None:
    api.control.fault(fault, next=1)
    with pytest.raises(NO_ANSWER):
        api.call("POST", "/api/v1/suppliers", BODY)
    (line,) = api.control.log()
    assert (line["applied"], line["answered"], line["fault"]) == (applied, "dropped", fault)
    assert _names(api) == ["A"] * applied


def test_an_error_may_hide_a_write_that_was_applied(api: Api) -> None:
    api.control.fault("applyThen500", next=1)
    assert api.call("POST", "/api/v1/suppliers", BODY).status == 500
    assert _names(api) == ["A"]
    (line,) = api.control.log()
    assert (line["status"], line["answered"], line["applied"]) == (201, "500", True)


def test_a_late_write_is_two_lines_of_the_log(api: Api) -> None:
    api.control.fault("lateApply", next=1, seconds=0.2)
    with pytest.raises(NO_ANSWER):
        api.call("POST", "/api/v1/suppliers", BODY)
    assert _names(api) == [] and api.control.call("GET", "/health")["pending"] == 1
    api.control.settled()
    assert _names(api) == ["A"]
    first, late = api.control.log()
    assert (first["applied"], late["applied"], late["lateOf"]) == (False, True, first["seq"])


def test_a_reset_drops_what_was_going_to_be_applied(api: Api) -> None:
    api.control.fault("lateApply", next=1, seconds=0.2)
    with pytest.raises(NO_ANSWER):
        api.call("POST", "/api/v1/suppliers", BODY)
    api.control.reset()
    time.sleep(0.3)
    assert _names(api) == [] and api.control.log() == []


def test_a_search_that_lags_hides_new_records_from_searches_only(api: Api) -> None:
    api.control.fault("lateSearch", next=1, seconds=0.3)
    made = api.ok("POST", "/suppliers", BODY)["id"]
    assert api.everything("/suppliers", externalReference="ref-1") == []
    assert len(api.everything("/suppliers")) == 1 and api.ok("GET", f"/suppliers/{made}")
    time.sleep(0.35)
    assert len(api.everything("/suppliers", externalReference="ref-1")) == 1


def test_lists_lag_too_where_asked(api: Api) -> None:
    api.control.fault("lateSearch", next=1, seconds=30, lists=True)
    api.ok("POST", "/suppliers", BODY)
    assert api.everything("/suppliers") == [] and _names(api) == ["A"]


@pytest.mark.parametrize(
    ("fault", "more", "status", "media_type"),
    [
        ("rateLimited", {"seconds": 3}, 429, "application/json"),
        ("limit400", {}, 400, "application/json"),
        ("html", {}, 502, "text/html"),
        ("html", {"status": 200}, 200, "text/html"),
        ("okWithError", {}, 200, "application/json"),
        ("expiredToken", {}, 401, "application/json"),
    ],
)
def test_an_answer_in_place_of_the_work(
    api: Api, fault: str, more: dict[str, object], status: int, media_type: str
) -> None:
    api.control.fault(fault, next=1, **more)
    reply = api.call("POST", "/api/v1/suppliers", BODY)
    assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (status, media_type)
    assert reply.headers.get("retry-after") == ("3" if status == 429 else None)
    assert _names(api) == []


def test_a_truncated_answer_is_shorter_than_it_says(api: Api) -> None:
    api.control.fault("truncated", next=1)
    with pytest.raises(http.client.IncompleteRead):
        api.call("POST", "/api/v1/suppliers", BODY)
    assert _names(api) == ["A"]


def test_an_expired_token_takes_all_others_with_it(api: Api) -> None:
    form = b"grant_type=client_credentials&client_id=stand-in-client&client_secret=stand-in-secret"
    api.token = api.call("POST", "/oauth/token", form).json()["access_token"]
    api.control.fault("expiredToken", next=1)
    assert [api.call("GET", "/api/v1/me").status for _ in range(2)] == [401, 401]


def test_a_slow_answer_and_none_at_all(api: Api) -> None:
    api.control.fault("slow", next=1, seconds=0.3)
    start = time.perf_counter()
    api.ok("GET", "/me")
    assert time.perf_counter() - start >= 0.3
    api.control.fault("never", next=1, seconds=30)
    api.timeout = 0.3
    with pytest.raises(TimeoutError):
        api.call("GET", "/api/v1/me")


def test_a_huge_body_goes_on_without_filling_the_service(api: Api) -> None:
    api.control.fault("hugeBody", next=1)
    place = urlsplit(api.base_url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(b"GET /api/v1/suppliers HTTP/1.1\r\nHost: x\r\n\r\n")
        received = 0
        while received < 50_000_000:
            received += len(connection.recv(1 << 20))
    assert api.ok("GET", "/me")["standIn"]


def test_a_page_token_is_repeated(api: Api) -> None:
    api.control.seed(suppliers=[{"displayName": f"S{n}"} for n in range(5)])
    token = api.ok("GET", "/suppliers", limit=2)["nextPageToken"]
    api.control.fault("repeatPageToken", next=1)
    assert api.ok("GET", "/suppliers", limit=2, pageToken=token)["nextPageToken"] == token


def test_a_rule_hits_only_what_it_names_and_as_often_as_it_says(api: Api) -> None:
    api.control.fault("error500", method="PATCH", next=1)
    api.control.fault("error500", reference="^poison$", next=1)
    api.control.fault("error500", path="/tax-codes", after=1, next=1)
    made = api.ok("POST", "/suppliers", BODY)["id"]
    patches = [api.call("PATCH", f"/api/v1/suppliers/{made}", {"note": str(n)}).status for n in range(3)]
    poison = [api.call("POST", "/api/v1/suppliers", {**BODY, "externalReference": "poison"}).status for _ in range(2)]
    reads = [api.call("GET", "/api/v1/tax-codes").status for _ in range(3)]
    assert (patches, poison, reads) == ([500, 200, 200], [500, 201], [200, 500, 200])


def test_a_seed_draws_the_same_calls_in_whatever_order_they_come(api: Api) -> None:
    def hit(order: list[int]) -> set[int]:
        api.control.clear_faults()
        api.control.fault("error500", probability=0.3, seed=42)
        bodies = {n: {**BODY, "externalReference": f"r{n}"} for n in order}
        return {n for n, body in bodies.items() if api.call("POST", "/api/v1/suppliers", body).status == 500}

    numbers = list(range(60))
    first = hit(numbers)
    assert 5 < len(first) < 35
    assert hit(numbers[::-1]) == first


def test_several_kinds_are_drawn_from_one_rule(api: Api) -> None:
    api.control.fault("rateLimited", "limit400", "error500", "repeatPageToken", probability=1.0, seed=1)
    statuses = {api.call("POST", "/api/v1/suppliers", {**BODY, "note": str(n)}).status for n in range(30)}
    assert statuses == {429, 400, 500}


def test_a_field_is_renamed_and_a_value_is_new(api: Api) -> None:
    made = api.ok("POST", "/suppliers", BODY)["id"]
    api.control.call("POST", "/drift", {"resource": "suppliers", "field": "displayName", "to": "name"})
    api.control.call("POST", "/drift", {"resource": "suppliers", "field": "status", "value": "active", "to": "vetted"})
    one, (listed,) = api.ok("GET", f"/suppliers/{made}"), api.everything("/suppliers")
    assert one == listed and one["name"] == "A" and one["status"] == "vetted" and "displayName" not in one
    api.control.clear_faults()
    assert api.ok("GET", f"/suppliers/{made}")["displayName"] == "A"


def test_a_rate_limit_is_kept_and_says_when_to_come_back(api: Api) -> None:
    api.control.settings(rateLimitPerSecond=2, rateLimitBurst=3)
    replies = [api.call("GET", "/api/v1/me") for _ in range(5)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429, 429]
    assert replies[-1].headers["retry-after"] == "1"


def test_every_answer_can_be_delayed(api: Api) -> None:
    api.control.settings(delayMs=50)
    start = time.perf_counter()
    for _ in range(4):
        api.ok("GET", "/me")
    assert time.perf_counter() - start >= 0.2


def test_the_control_plane_wants_its_header_and_names_what_it_does_not_know(api: Api) -> None:
    assert api.call("GET", "/_control/log").status == 403
    with pytest.raises(RuntimeError, match="nonsense"):
        api.control.fault("nonsense")
    with pytest.raises(RuntimeError, match="nothing called planets"):
        api.control.seed(planets=[])


def test_records_and_log_survive_a_killed_process(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "ap.sqlite"))
    first = Running(*data)
    api = Api(first.base_url, first.control)
    supplier = api.ok("POST", "/suppliers", BODY)
    (worker,) = psutil.Process(first.process.pid).children()
    first.process.kill()
    worker.kill()
    first.stop()
    with Running(*data) as second:
        again = Api(second.base_url, second.control)
        assert again.ok("GET", f"/suppliers/{supplier['id']}") == supplier
        assert again.control.log()[0]["objectId"] == supplier["id"]
        assert again.ok("POST", "/suppliers", BODY)["updatedAt"] > supplier["updatedAt"]


def test_a_taken_port_is_one_clear_sentence(api: Api) -> None:
    port = str(urlsplit(api.base_url).port)
    command = [sys.executable, "-m", "sandbox", "--memory", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stderr == f"127.0.0.1:{port} cannot be used (Address already in use). Choose another --port.\n"
