from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from connectors import breaker, side
from connectors.breaker import SharedBreaker
from connectors.errors import Retryable
from connectors.models import Breaker


@pytest.fixture(autouse=True)
def _committed(transactional_tenant, monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(breaker, "FIRST_PAUSE_SECONDS", 0.5)
    yield
    side.close()


def broken(key: str, times: int = breaker.THRESHOLD) -> SharedBreaker:
    shared = SharedBreaker("ta", key, "erp.example")
    for _ in range(times):
        shared.failed()
    return shared


def test_a_few_failures_keep_nobody_off():
    broken("few", breaker.THRESHOLD - 1).admit()


def test_failures_in_a_row_keep_every_worker_off():
    broken("row")
    with pytest.raises(Retryable, match=r"erp\.example failed 5 times in a row"):
        SharedBreaker("ta", "row", "erp.example").admit()


def test_a_success_in_between_starts_the_count_anew():
    shared = broken("between", breaker.THRESHOLD - 1)
    shared.worked()
    shared.failed()
    shared.admit()
    assert Breaker.objects.get(key="between").failures == 1


def test_another_workers_failures_are_wiped_out_by_a_success():
    broken("other", breaker.THRESHOLD - 1)
    mine = SharedBreaker("ta", "other")
    mine.admit()
    mine.worked()
    assert Breaker.objects.get(key="other").failures == 0


def test_after_the_pause_exactly_one_tries():
    broken("probe")
    time.sleep(0.55)
    admitted: list[bool] = []

    def try_it() -> None:
        try:
            SharedBreaker("ta", "probe").admit()
            admitted.append(True)
        except Retryable:
            admitted.append(False)

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(admitted) == [False] * 7 + [True]


def test_a_try_that_succeeds_opens_the_way_for_all():
    shared = broken("back")
    time.sleep(0.55)
    shared.admit()
    shared.worked()
    SharedBreaker("ta", "back").admit()
    assert Breaker.objects.get(key="back").state == "closed"


def test_a_try_that_fails_doubles_the_pause():
    shared = broken("still")
    time.sleep(0.55)
    shared.admit()
    shared.failed()
    time.sleep(0.55)
    with pytest.raises(Retryable):
        SharedBreaker("ta", "still").admit()
    time.sleep(0.55)
    SharedBreaker("ta", "still").admit()


def test_a_try_that_never_reports_is_followed_by_another(monkeypatch):
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.4)
    broken("dead")
    time.sleep(0.55)
    SharedBreaker("ta", "dead").admit()
    with pytest.raises(Retryable):
        SharedBreaker("ta", "dead").admit()
    time.sleep(0.45)
    SharedBreaker("ta", "dead").admit()


def test_while_all_is_well_nothing_is_written():
    shared = SharedBreaker("ta", "well")
    shared.admit()
    shared.worked()
    assert not Breaker.objects.exists()
