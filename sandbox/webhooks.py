"""Signed notifications (Standard Webhooks) with retries, sent by a few threads; switches lose, double or delay them.

What is queued lives in memory: a stand-in that is killed loses it, as real services sometimes do.
"""

from __future__ import annotations

import heapq
import http.client
import itertools
import secrets
import sqlite3
import threading
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

import msgspec
from standardwebhooks import Webhook

from sandbox import clock
from sandbox.calls import Call
from sandbox.errors import invalid
from sandbox.faults import Faults
from sandbox.settings import Settings
from sandbox.shapes import WebhookEndpoint
from sandbox.store import Store
from sandbox.work import Change, Work
from sandbox.writing import rule

THREADS = 4


@dataclass(frozen=True)
class Delivery:
    """One notification for one receiver."""

    event_id: str
    type: str
    object_id: str
    endpoint: str
    url: str
    secret: str
    body: bytes
    attempt: int = 1


@rule("webhook-endpoints")
def keep(work: Work, before: WebhookEndpoint | None, endpoint: WebhookEndpoint) -> None:
    """Gives a new receiver its secret."""
    if urlsplit(endpoint.url).scheme not in ("http", "https"):
        raise invalid("url must be an http or https address.", field="url")
    endpoint.secret = endpoint.secret or "whsec_" + b64encode(secrets.token_bytes(24)).decode()


def prepared(db: sqlite3.Connection, changes: Sequence[Change]) -> list[Delivery]:
    """A delivery per change and receiver that asked for it; call it in the transaction of the changes."""
    if not changes:
        return []
    found = db.execute("SELECT body FROM objects WHERE kind = 'webhook-endpoints' AND status = 'active'").fetchall()
    endpoints = [msgspec.json.decode(row[0], type=WebhookEndpoint) for row in found]
    return [
        Delivery(f"evt_{secrets.token_hex(8)}", change.type, change.id, to.id, to.url, to.secret, _body(change))
        for change in changes
        for to in endpoints
        if any(fnmatchcase(change.type, wanted) for wanted in to.events)
    ]


def _body(change: Change) -> bytes:
    data = {"id": change.id, "kind": change.kind, "companyId": change.company_id}
    return msgspec.json.encode({"type": change.type, "timestamp": change.at, "data": data})


class Webhooks:
    """The queue and the threads that work it; threads start with the first delivery."""

    def __init__(self, store: Store, settings: Settings, faults: Faults) -> None:
        self.settings = settings
        self._store = store
        self._faults = faults
        self._queue: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._ready = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._sending = 0

    def send(self, deliveries: Sequence[Delivery]) -> None:
        """Queues deliveries, as the faults in force want it."""
        for delivery in deliveries:
            plan = self._faults.plan(Call("WEBHOOK", delivery.type), delivery.object_id)
            if plan is None:
                self._add(delivery, 0)
            elif plan.kind == "webhookLost":
                self._note(delivery, "lost")
            elif plan.kind == "webhookDelayed":
                self._add(delivery, plan.rule.seconds)
            else:
                self._add(delivery, 0)
                self._add(delivery, 0)

    def forget(self) -> None:
        """Drops everything that waits."""
        with self._ready:
            self._queue.clear()

    def pending(self) -> int:
        """Deliveries that wait or are under way."""
        with self._ready:
            return len(self._queue) + self._sending

    def _add(self, delivery: Delivery, seconds: float) -> None:
        with self._ready:
            heapq.heappush(self._queue, (time.monotonic() + seconds, next(self._order), delivery))
            while len(self._threads) < THREADS:
                thread = threading.Thread(target=self._work, daemon=True, name="webhooks")
                self._threads.append(thread)
                thread.start()
            self._ready.notify()

    def _work(self) -> None:
        while True:
            delivery = self._next()
            try:
                self._deliver(delivery)
            finally:
                with self._ready:
                    self._sending -= 1

    def _next(self) -> Delivery:
        with self._ready:
            while not self._queue or self._queue[0][0] > time.monotonic():
                self._ready.wait(self._queue[0][0] - time.monotonic() if self._queue else None)
            self._sending += 1
            return heapq.heappop(self._queue)[2]

    def _deliver(self, delivery: Delivery) -> None:
        outcome = _posted(delivery, self.settings.webhook_timeout_seconds)
        self._note(delivery, outcome)
        waits = self.settings.webhook_retry_seconds
        if not outcome.startswith("2") and delivery.attempt <= len(waits):
            self._add(replace(delivery, attempt=delivery.attempt + 1), waits[delivery.attempt - 1])

    def _note(self, delivery: Delivery, outcome: str) -> None:
        values = (clock.now(), delivery.event_id, delivery.endpoint, delivery.type, delivery.object_id)
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO deliveries (at, event_id, endpoint, type, object_id, attempt, outcome)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*values, delivery.attempt, outcome),
            )


def _posted(delivery: Delivery, seconds: float) -> str:
    """The status, or what went wrong."""
    parts, moment = urlsplit(delivery.url), datetime.now(UTC)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "stand-in-ap/1",
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(delivery.secret).sign(delivery.event_id, moment, delivery.body.decode()),
    }
    secure = parts.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(parts.netloc, timeout=seconds)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, delivery.body, headers)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as fault:
        return type(fault).__name__
    finally:
        connection.close()
