from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from connectors import side
from connectors.base import Limit
from connectors.errors import RateLimited
from connectors.limits import Bucket
from tests.connectors.servers import Request, bad_server


@pytest.fixture(autouse=True)
def _committed(transactional_tenant) -> Iterator[None]:
    yield
    side.close()


def test_a_burst_passes_at_once_and_the_next_waits_for_its_turn():
    bucket = Bucket("ta", "burst", Limit(rate_per_second=10, burst=4))
    started = time.monotonic()
    for _ in range(4):
        bucket.take()
    burst = time.monotonic() - started
    bucket.take()
    bucket.take()
    assert burst < 0.3
    assert 0.12 < time.monotonic() - started < 1.5


def test_workers_that_share_a_key_share_its_calls():
    limit = Limit(rate_per_second=40, burst=8)
    started, waits = time.monotonic(), []

    def work() -> None:
        bucket = Bucket("ta", "shared", limit)
        for _ in range(6):
            bucket.take()
        waits.append(time.monotonic() - started)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.9 < max(waits) < 3  # 48 calls: 8 at once, 40 more in a second


def test_another_key_or_partner_is_not_slowed(other_tenant):
    limit = Limit(rate_per_second=0.1, burst=1)
    Bucket("ta", "one", limit).take()
    started = time.monotonic()
    Bucket("ta", "two", limit).take()
    Bucket("tb", "one", limit).take()
    assert time.monotonic() - started < 1


def test_a_long_wait_is_given_back_with_its_length():
    bucket = Bucket("ta", "slow", Limit(rate_per_second=0.1, burst=1), name="erp.example")
    bucket.take()
    started = time.monotonic()
    with pytest.raises(RateLimited, match=r"erp\.example allows the next request in 10 seconds") as caught:
        bucket.take()
    assert 9 < caught.value.after_seconds <= 10
    assert time.monotonic() - started < 1


def test_a_pause_the_vendor_asked_for_holds_for_everybody():
    limit = Limit(rate_per_second=1000, burst=1000)
    told, other = Bucket("ta", "paused", limit), Bucket("ta", "paused", limit)
    told.take()
    told.block(0.4)
    for bucket in (told, other):
        with pytest.raises(RateLimited) as caught:
            bucket.take()
        assert 0 < caught.value.after_seconds <= 0.4
    time.sleep(0.45)
    other.take()


def test_a_shorter_pause_does_not_cut_a_longer_one():
    bucket = Bucket("ta", "twice", Limit(rate_per_second=10, burst=10))
    bucket.take()
    bucket.block(30)
    bucket.block(1)
    with pytest.raises(RateLimited) as caught:
        bucket.take()
    assert caught.value.after_seconds > 25


def test_those_who_wait_are_stopped_by_a_pause_too():
    bucket = Bucket("ta", "waiting", Limit(rate_per_second=2, burst=1))
    bucket.take()
    stopped: list[float] = []

    def wait() -> None:
        try:
            bucket.take()
        except RateLimited as error:
            stopped.append(error.after_seconds)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    Bucket("ta", "waiting", Limit(rate_per_second=2, burst=1)).block(5)
    thread.join()
    assert len(stopped) == 1
    assert stopped[0] > 4


def test_the_bucket_survives_a_lost_database_connection():
    bucket = Bucket("ta", "lost", Limit(rate_per_second=10, burst=10))
    bucket.take()
    side._held[1].connection.close()
    bucket.take()


@dataclass
class StrictVendor:
    """Allows `rate` calls a second with a burst, answers 429 beyond, and once asks everybody for a pause."""

    rate: float
    burst: float
    pause_after: int
    tokens: float = 0
    seen: int = 0
    at: float = field(default_factory=time.monotonic)
    refused: int = 0
    too_early: int = 0
    paused_until: float = 0
    arrivals: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> None:
        with self.lock:
            pause = self._judge(time.monotonic())
        request.reply(status=429 if pause else 200, **({"Retry_After": str(pause)} if pause else {}))

    def _judge(self, now: float) -> float:
        self.seen += 1
        self.arrivals.append(now)
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.seen == self.pause_after:
            self.paused_until = now + 1.0
            return 1.0
        if now < self.paused_until:
            self.too_early += 1
            return 1.0
        if self.tokens < 1:
            self.refused += 1
            return 1.0
        self.tokens -= 1
        return 0


WORKER = """
import sys, time, threading
import django; django.setup()
from connectors.base import Limit
from connectors.errors import RateLimited
from connectors.gate import Gate
from connectors.breaker import SharedBreaker
from connectors.guard import Guard
from connectors.http import HttpClient
from connectors.limits import Bucket
url, seconds, rate, burst = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
bucket, breaker = Bucket("ta", "strict", Limit(rate, burst)), SharedBreaker("ta", "strict")
gate = Gate("ta", None, "strict", "working", "", bucket, breaker)
client = HttpClient(url, guard=Guard(allow_loopback=True), before_send=[gate.before], observers=[gate.after])
sys.stdin.readline()
end = time.monotonic() + seconds
def work():
    while time.monotonic() < end:
        try:
            client.request("GET", "/x")
        except RateLimited as error:
            time.sleep(error.after_seconds)
threads = [threading.Thread(target=work) for _ in range(3)]
[t.start() for t in threads]; [t.join() for t in threads]
"""


def test_two_processes_use_what_a_strict_vendor_allows_and_respect_its_pause(process_environment):
    # what is declared stays a little below what the vendor has: requests meet on their way
    vendor, seconds = StrictVendor(rate=15, burst=8, pause_after=30), 6.0
    with bad_server() as server:
        server.behave["/x"] = vendor
        command = [sys.executable, "-c", WORKER, server.url, str(seconds), "15", "5"]
        workers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, env=process_environment, text=True) for _ in range(2)
        ]
        time.sleep(4)
        vendor.tokens, vendor.at = vendor.burst, time.monotonic()
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        for worker in workers:
            worker.wait(timeout=30)
    allowed = 5 + vendor.rate * (seconds - 1.0)  # a second of it was the pause
    assert vendor.too_early <= 4  # on their way when the pause was asked for: at most one for each thread
    assert vendor.refused <= 1
    assert vendor.seen - vendor.refused - vendor.too_early >= 0.95 * allowed, vendor
