from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from connectors.auth import (
    AccessToken,
    ApiKeyHeader,
    BasicAuth,
    BearerToken,
    MemoryTokens,
    OAuth2ClientCredentials,
    RenewedBearer,
    fetch_token,
    token_endpoint,
    usable_seconds,
)
from connectors.errors import AuthenticationFailed, ContractBroken
from connectors.guard import Guard
from connectors.http import HttpClient
from tests.connectors.servers import BadServer, Request, bad_server

LOCAL = Guard(allow_loopback=True)


@pytest.fixture
def server() -> Iterator[BadServer]:
    with bad_server() as world:
        yield world


@pytest.mark.parametrize(
    "value",
    [
        BearerToken("hush"),
        ApiKeyHeader("X-Key", "hush"),
        BasicAuth("me", "hush"),
        OAuth2ClientCredentials("https://a/t", "me", "hush"),
        AccessToken("hush", 60),
    ],
)
def test_a_credential_never_prints_its_secret(value: object) -> None:
    assert "hush" not in repr(value) + str(value)


def test_basic_credentials_are_utf_8() -> None:
    header = BasicAuth("jürgen", "pässwort").headers()["Authorization"]
    assert base64.b64decode(header.removeprefix("Basic ")).decode() == "jürgen:pässwort"


def _issues(request: Request) -> None:
    request.reply(b'{"access_token": "t1", "token_type": "Bearer", "expires_in": 120}')


@pytest.mark.parametrize("send", ["header", "body"])
def test_client_credentials_are_exchanged_for_a_token(server: BadServer, send: str) -> None:
    server.behave["/oauth/token"] = _issues
    value = OAuth2ClientCredentials(f"{server.url}/oauth/token", "me", "hush", "read write", send)  # type: ignore[arg-type]
    origin, path = token_endpoint(value)
    assert (origin, path) == (server.url, "/oauth/token")
    assert fetch_token(value, HttpClient(origin, guard=LOCAL)) == AccessToken("t1", 120)
    [seen] = server.seen
    form = parse_qs(seen.body.decode())
    assert form["grant_type"] == ["client_credentials"]
    assert form["scope"] == ["read write"]
    if send == "header":
        assert base64.b64decode(seen.headers["Authorization"].removeprefix("Basic ")) == b"me:hush"
        assert "client_secret" not in form
    else:
        assert (form["client_id"], form["client_secret"]) == (["me"], ["hush"])


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_client_secret_is_an_authentication_failure(server: BadServer, status: int) -> None:
    server.behave["/t"] = lambda r: r.reply(b'{"error": "invalid_client"}', status)
    value = OAuth2ClientCredentials(f"{server.url}/t", "me", "hush")
    with pytest.raises(AuthenticationFailed):
        fetch_token(value, HttpClient(server.url, guard=LOCAL))


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"access_token": 7}', b'{"access_token": "t", "expires_in": "?"}'])
def test_a_token_endpoint_that_issues_no_token_breaks_its_contract(server: BadServer, body: bytes) -> None:
    server.behave["/t"] = lambda r: r.reply(body)
    value = OAuth2ClientCredentials(f"{server.url}/t", "me", "hush")
    with pytest.raises(ContractBroken):
        fetch_token(value, HttpClient(server.url, guard=LOCAL))


class TokenCounter:
    """Issues t1, t2, …; slow enough that threads meet."""

    def __init__(self) -> None:
        self.issued = 0

    def __call__(self) -> AccessToken:
        time.sleep(0.02)
        self.issued += 1
        return AccessToken(f"t{self.issued}", 3600)


def test_twenty_threads_with_a_refused_token_renew_it_once() -> None:
    counter = TokenCounter()
    source = MemoryTokens(counter)
    for expiry in range(1, 6):
        old, got = source.token(), []
        threads = [threading.Thread(target=lambda o=old, g=got: g.append(source.token(refused=o))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(got) == {f"t{expiry + 1}"}
    assert counter.issued == 6


def test_a_token_is_renewed_before_it_runs_out() -> None:
    now, counter = [0.0], TokenCounter()
    source = MemoryTokens(counter, clock=lambda: now[0])
    assert source.token() == "t1"
    now[0] = 3569
    assert source.token() == "t1"
    now[0] = 3570
    assert source.token() == "t2"


def test_a_short_lived_token_is_used_for_half_its_life() -> None:
    assert usable_seconds(10) == 5
    assert usable_seconds(3600) == 3570


def test_an_expired_token_is_renewed_once_and_the_request_repeated(server: BadServer) -> None:
    def wants_t2(request: Request) -> None:
        request.reply(status=200 if request.headers["Authorization"] == "Bearer t2" else 401)

    server.behave["/x"] = wants_t2
    counter = TokenCounter()
    client = HttpClient(server.url, auth=RenewedBearer(MemoryTokens(counter)), guard=LOCAL)
    assert client.request("POST", "/x", json={"a": 1}, writes=True).status == 200
    assert [seen.body for seen in server.seen] == [b'{"a":1}', b'{"a":1}']


def test_a_token_refused_again_after_its_renewal_needs_a_person(server: BadServer) -> None:
    server.behave["/x"] = lambda r: r.reply(status=401)
    counter = TokenCounter()
    client = HttpClient(server.url, auth=RenewedBearer(MemoryTokens(counter)), guard=LOCAL)
    with pytest.raises(AuthenticationFailed):
        client.request("GET", "/x")
    assert (counter.issued, len(server.seen)) == (2, 2)
