"""Notifications: signed, retried, and lost, doubled or delayed on request."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.sandbox.ap_house import CLERK, FINANCE, OWNER, House
from tests.sandbox.sandbox_api import Api


@dataclass
class Receiver:
    """Takes notifications; `answers` are used up first, then everything is accepted."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.got]

    def wait(self, count: int, seconds: float = 5.0) -> None:
        until(lambda: len(self.got) >= count, seconds)


def until(happened: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.answers.pop(0) if found.answers else 204)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield found
    server.shutdown()
    server.server_close()


def _registered(api: Api, receiver: Receiver, *events: str) -> Any:
    return api.ok("POST", "/webhook-endpoints", {"url": receiver.url, "events": list(events or ("*",))})


def test_a_change_is_told_with_a_signature_that_holds(api: Api, receiver: Receiver) -> None:
    endpoint = _registered(api, receiver)
    supplier = api.ok("POST", "/suppliers", {"displayName": "A"})
    receiver.wait(1)
    headers, body = receiver.got[0]
    told = Webhook(endpoint["secret"]).verify(body, headers)
    assert told["type"] == "supplier.created"
    assert told["data"] == {"id": supplier["id"], "kind": "suppliers", "companyId": None}
    assert told["timestamp"] == supplier["updatedAt"]


def test_only_what_was_asked_for_is_told(api: Api, receiver: Receiver) -> None:
    _registered(api, receiver, "bill.approved", "approval.*")
    house = House(api)
    bill = house.coded()
    house.act(bill, "submit", CLERK)
    house.act(bill, "approve", OWNER)
    house.act(bill, "approve", FINANCE)
    receiver.wait(4)
    told = sorted(body["type"] for body in receiver.bodies())
    assert told == ["approval.approved", "approval.requested", "approval.stepApproved", "bill.approved"]


def test_a_receiver_that_fails_is_tried_again_with_the_same_id(api: Api, receiver: Receiver) -> None:
    api.control.settings(webhookRetrySeconds=[0.05, 0.05])
    receiver.answers = [500, 503]
    _registered(api, receiver)
    api.ok("POST", "/suppliers", {"displayName": "A"})
    receiver.wait(3)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    until(lambda: len(api.control.call("GET", "/deliveries")["data"]) == 3)
    assert [row["outcome"] for row in api.control.call("GET", "/deliveries")["data"]] == ["500", "503", "204"]


def test_a_receiver_that_never_accepts_is_given_up(api: Api, receiver: Receiver) -> None:
    api.control.settings(webhookRetrySeconds=[0.02, 0.02])
    receiver.answers = [500] * 9
    _registered(api, receiver)
    api.ok("POST", "/suppliers", {"displayName": "A"})
    until(lambda: len(api.control.call("GET", "/deliveries")["data"]) == 3)
    time.sleep(0.1)
    assert len(receiver.got) == 3 and api.control.call("GET", "/health")["webhooks"] == 0


def test_notifications_are_lost_doubled_and_overtaken_on_request(api: Api, receiver: Receiver) -> None:
    _registered(api, receiver)
    api.control.fault("webhookLost", next=1)
    api.ok("POST", "/suppliers", {"displayName": "lost"})
    api.control.fault("webhookDoubled", next=1)
    api.ok("POST", "/suppliers", {"displayName": "doubled"})
    receiver.wait(2)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    api.control.fault("webhookDelayed", next=1, seconds=0.3)
    late = api.ok("POST", "/suppliers", {"displayName": "late"})
    early = api.ok("POST", "/suppliers", {"displayName": "early"})
    receiver.wait(4)
    assert [body["data"]["id"] for body in receiver.bodies()[2:]] == [early["id"], late["id"]]
    assert "lost" in [row["outcome"] for row in api.control.call("GET", "/deliveries")["data"]]


def test_a_refused_change_tells_nobody(api: Api, receiver: Receiver) -> None:
    _registered(api, receiver)
    api.refused("POST", "/suppliers", {"displayName": ""})
    api.ok("POST", "/suppliers", {"displayName": "A"})
    receiver.wait(1)
    time.sleep(0.05)
    assert len(receiver.got) == 1


def test_a_deactivated_receiver_is_left_in_peace(api: Api, receiver: Receiver) -> None:
    endpoint = _registered(api, receiver)
    api.ok("POST", f"/webhook-endpoints/{endpoint['id']}/deactivate")
    api.ok("POST", "/suppliers", {"displayName": "A"})
    assert api.control.call("GET", "/health")["webhooks"] == 0 and receiver.got == []


def test_what_is_no_web_address_cannot_be_registered(api: Api) -> None:
    assert api.refused("POST", "/webhook-endpoints", {"url": "file:///etc/passwd"})[2] == "url"
