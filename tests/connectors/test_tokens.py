from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from connectors import side, tokens, vault
from connectors.auth import AccessToken
from connectors.errors import AuthenticationFailed, Retryable
from connectors.models import TokenCache
from connectors.tokens import SharedTokens


@pytest.fixture(autouse=True)
def _committed(transactional_tenant) -> Iterator[None]:
    yield
    side.close()


class Endpoint:
    """Issues t1, t2, …; slow enough that workers meet."""

    def __init__(self, lives: float = 3600) -> None:
        self.issued, self.lives = 0, lives

    def __call__(self) -> AccessToken:
        time.sleep(0.03)
        self.issued += 1
        return AccessToken(f"t{self.issued}", self.lives)


@pytest.fixture
def worker() -> Callable[..., SharedTokens]:
    """Each call is another worker with its own memory."""
    connection, key = uuid.uuid4(), vault.key_in_force()
    return lambda endpoint: SharedTokens("ta", connection, key, endpoint)


def test_twenty_workers_and_ten_expiries_make_ten_renewals(worker):
    endpoint = Endpoint()
    workers = [worker(endpoint) for _ in range(20)]
    old = ""
    for expiry in range(1, 11):
        got: list[str] = []
        threads = [threading.Thread(target=lambda w=w, o=old, g=got: g.append(w.token(refused=o))) for w in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == [f"t{expiry}"] * 20
        old = f"t{expiry}"
    assert endpoint.issued == 10


def test_a_worker_takes_over_the_token_that_another_fetched(worker):
    endpoint = Endpoint()
    assert worker(endpoint).token() == "t1"
    assert worker(endpoint).token() == "t1"
    assert endpoint.issued == 1


def test_a_token_near_its_end_is_not_handed_out(worker):
    endpoint = Endpoint(lives=0.4)  # usable for half of it
    one = worker(endpoint)
    assert one.token() == "t1"
    time.sleep(0.25)
    assert one.token() == "t2"


def test_the_token_lies_encrypted(worker):
    worker(Endpoint()).token()
    assert b"t1" not in bytes(TokenCache.objects.get().ciphertext)


def test_a_token_sealed_under_an_old_key_is_fetched_anew(worker):
    endpoint = Endpoint()
    one = worker(endpoint)
    one.token()
    vault.renew_data_key()
    assert SharedTokens("ta", one.connection_id, vault.key_in_force(), endpoint).token() == "t2"


def test_a_tampered_token_is_fetched_anew(worker):
    endpoint = Endpoint()
    worker(endpoint).token()
    TokenCache.objects.update(ciphertext=b"x" * 40)
    assert worker(endpoint).token() == "t2"


def test_a_renewal_that_fails_lets_the_next_one_try(worker):
    def refuses() -> AccessToken:
        raise AuthenticationFailed("no")

    with pytest.raises(AuthenticationFailed):
        worker(refuses).token()
    started = time.monotonic()
    assert worker(Endpoint()).token() == "t1"
    assert time.monotonic() - started < 5


def test_a_renewal_whose_worker_died_is_taken_over(worker, monkeypatch):
    one = worker(Endpoint())
    assert one._run(tokens._CLAIM, lease=0.4, id=uuid.uuid4())  # and is never heard of again
    started = time.monotonic()
    assert one.token() == "t1"
    assert 0.3 < time.monotonic() - started < 5


def test_waiting_for_another_workers_renewal_ends(worker, monkeypatch):
    one = worker(Endpoint())
    assert one._run(tokens._CLAIM, lease=30, id=uuid.uuid4())
    monkeypatch.setattr(tokens, "LEASE_SECONDS", -4.7)
    with pytest.raises(Retryable, match="too long"):
        one.token()


def test_a_forgotten_token_is_fetched_anew(worker):
    endpoint = Endpoint()
    one = worker(endpoint)
    one.token()
    tokens.forget("ta", one.connection_id)
    assert worker(endpoint).token() == "t2"
