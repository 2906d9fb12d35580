from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from email.utils import formatdate

import pytest

from connectors.auth import BearerToken
from connectors.errors import (
    AuthenticationFailed,
    ContractBroken,
    Fatal,
    RateLimited,
    Retryable,
    Uncertain,
)
from connectors.guard import Guard
from connectors.http import HttpClient
from connectors.traffic import Caps, Outgoing, Sent
from tests.connectors.servers import BadServer, Behaviour, Request, bad_server

PATIENT = Caps(answer_bytes=1_000_000)
HASTY = Caps(connect_seconds=1, read_seconds=0.3, total_seconds=0.6)
LOCAL = Guard(allow_loopback=True)


@pytest.fixture
def server() -> Iterator[BadServer]:
    with bad_server() as world:
        yield world


@pytest.fixture
def client(server: BadServer) -> Iterator[HttpClient]:
    client = HttpClient(server.url, auth=BearerToken("s3cret-token"), caps=PATIENT, guard=LOCAL)
    yield client
    client.close()


@pytest.fixture
def hasty(server: BadServer) -> HttpClient:
    return HttpClient(server.url, auth=BearerToken("s3cret-token"), caps=HASTY, guard=LOCAL)


def test_fractions_arrive_with_every_digit_the_system_sent(server: BadServer, client: HttpClient) -> None:
    server.behave["/a"] = lambda r: r.reply(b'{"amount": 1234567890123456.10, "units": 3}')
    body = client.request("GET", "/a").json()
    assert body == {"amount": Decimal("1234567890123456.10"), "units": 3}
    assert str(body["amount"]) == "1234567890123456.10"


def test_a_request_names_the_product_and_no_platform(server: BadServer, client: HttpClient) -> None:
    server.behave["/a"] = lambda r: r.reply()
    client.request("POST", "/a", json={"amount": Decimal("1.10")}, params=[("q", "a b"), ("q", "c")], writes=True)
    [seen] = server.seen
    assert seen.headers["User-Agent"] == "finance-sync/1"
    assert seen.headers["Authorization"] == "Bearer s3cret-token"
    assert seen.path == "/a?q=a+b&q=c"
    assert seen.body == b'{"amount":"1.10"}'
    assert "isthmus" not in str(seen).lower()


def test_connections_are_kept_alive_between_requests(server: BadServer, client: HttpClient) -> None:
    ports: set[int] = set()
    server.behave["/a"] = lambda r: (ports.add(r.client_address[1]), r.reply())[0]
    for _ in range(5):
        client.request("GET", "/a")
    assert len(ports) == 1


def test_threads_share_a_client_and_each_gets_its_own_answer(server: BadServer, client: HttpClient) -> None:
    server.behave["/n"] = lambda r: r.reply(f'{{"n": {r.path.partition("=")[2]}}}'.encode())
    answers: dict[int, int] = {}

    def ask(n: int) -> None:
        answers[n] = client.request("GET", "/n", params=[("n", str(n))]).json()["n"]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: n for n in range(24)}


def test_cookies_are_not_kept(server: BadServer, client: HttpClient) -> None:
    server.behave["/a"] = lambda r: r.reply(Set_Cookie="session=1")
    client.request("GET", "/a")
    client.request("GET", "/a")
    assert "Cookie" not in server.seen[1].headers


# ------------------------------------------------------------------------------------ what a lost answer means
def _drop_halfway(request: Request) -> None:
    request.start(("Content-Length", "5000"))
    request.wfile.write(b'{"half":')
    request.drop()


def _cut_chunked(request: Request) -> None:
    request.start(("Transfer-Encoding", "chunked"))
    request.wfile.write(b'8\r\n{"half":\r\n')
    request.drop()


def _never(request: Request) -> None:
    time.sleep(0.8)
    request.drop()


def _drip(request: Request) -> None:
    """Always sends the next byte before the read time-out, for ever."""
    request.start(("Content-Length", "100000"))
    for _ in range(100):
        request.wfile.write(b" ")
        time.sleep(0.05)


def _drip_headers(request: Request) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(100):
        request.wfile.write(b"a")
        time.sleep(0.05)


LOST = {
    "drop": Request.drop,
    "drop halfway": _drop_halfway,
    "chunks cut": _cut_chunked,
    "never answers": _never,
    "drips": _drip,
    "drips headers": _drip_headers,
    "500": lambda r: r.reply(b"<html><title>Oops</title>", 500, "text/html"),
    "503": lambda r: r.reply(b"", 503),
    "bad gzip": lambda r: r.reply(b"not gzip", Content_Encoding="gzip"),
    "not HTTP": lambda r: (r.wfile.write(b"220 ready\r\n"), r.drop())[1],
}


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_is_retryable_for_a_read_and_uncertain_for_a_write(
    server: BadServer, hasty: HttpClient, fault: str
) -> None:
    server.behave["/x"] = LOST[fault]
    started = time.monotonic()
    with pytest.raises(Retryable) as read:
        hasty.request("GET", "/x")
    with pytest.raises(Uncertain) as write:
        hasty.request("POST", "/x", json={}, writes=True)
    assert time.monotonic() - started < 2 * HASTY.total_seconds + 2
    for error in (read.value, write.value):
        assert error.sentence.startswith("localhost")
        assert error.sentence.endswith(".")
        assert "s3cret" not in error.sentence + error.detail + repr(error)


def test_a_connection_that_was_refused_sent_nothing_even_for_a_write() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        client = HttpClient(f"http://localhost:{closed.getsockname()[1]}", caps=HASTY, guard=LOCAL)
        with pytest.raises(Retryable, match="Nothing was sent"):
            client.request("POST", "/x", json={}, writes=True)


def test_an_unknown_host_is_said_to_be_unknown() -> None:
    client = HttpClient("https://no-such-host.invalid", caps=HASTY)
    with pytest.raises(Retryable, match=r"host name no-such-host.invalid is unknown"):
        client.request("POST", "/x", json={}, writes=True)


# --------------------------------------------------------------------------------------- broken promises
BROKEN = {
    "html": lambda r: r.reply(b"<html><title>Sign in</title></html>", kind="text/html; charset=utf-8"),
    "html called json": lambda r: r.reply(b"  <html>"),
    "truncated": lambda r: r.reply(b'{"records": [{"id":'),
    "empty": lambda r: r.reply(b""),
    "xml": lambda r: r.reply(b"<a/>", kind="application/xml"),
    "not UTF-8": lambda r: r.reply(b'{"name": "\xff"}'),
    "nested bomb": lambda r: r.reply(b"[" * 100_000),
    "number bomb": lambda r: r.reply(b'{"amount": 1e999999999}'),
    "NaN": lambda r: r.reply(b'{"amount": NaN}'),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_an_answer_that_is_not_data_breaks_the_contract(server: BadServer, client: HttpClient, fault: str) -> None:
    server.behave["/x"] = BROKEN[fault]
    with pytest.raises(ContractBroken, match=r"localhost.* answered with .* where data was expected"):
        client.request("GET", "/x").json()
    with pytest.raises(Uncertain):  # it was accepted: the write may stand
        client.request("POST", "/x", json={}, writes=True).json()


def test_a_refusal_without_data_does_not_make_a_write_uncertain(server: BadServer, client: HttpClient) -> None:
    server.behave["/x"] = lambda r: r.reply(b"<html>", 404, "text/html")
    answer = client.request("POST", "/x", json={}, writes=True)
    assert answer.status == 404
    with pytest.raises(ContractBroken):
        answer.json()


def test_an_endless_answer_is_cut_at_the_cap(server: BadServer, client: HttpClient) -> None:
    def endless(request: Request) -> None:
        request.start(("Content-Length", str(3 * 1024**3)))
        while True:
            request.wfile.write(b"x" * 65536)

    server.behave["/x"] = endless
    with pytest.raises(ContractBroken, match="more than 1 MB"):
        client.request("GET", "/x")


def _bomb_in_one_piece(request: Request) -> None:
    request.reply(DOUBLE_BOMB, Content_Encoding="gzip, gzip")


def _bomb_in_chunks(request: Request) -> None:
    request.start(("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked"))
    request.wfile.write(f"{len(BOMB):x}\r\n".encode() + BOMB + b"\r\n0\r\n\r\n")


BOMB = gzip.compress(bytes(60_000_000))
DOUBLE_BOMB = gzip.compress(BOMB)


@pytest.mark.parametrize("bomb", [_bomb_in_one_piece, _bomb_in_chunks])
def test_a_compressed_bomb_is_cut_without_filling_the_memory(
    server: BadServer, client: HttpClient, bomb: Behaviour
) -> None:
    server.behave["/x"] = bomb
    tracemalloc.start()
    with pytest.raises(ContractBroken, match="more than 1 MB"):
        client.request("GET", "/x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


# -------------------------------------------------------------------------------------------- redirects
def test_a_read_follows_a_redirect_within_the_same_origin(server: BadServer, client: HttpClient) -> None:
    server.behave["/old"] = lambda r: r.reply(status=302, Location="/new?x=1")
    server.behave["/new"] = lambda r: r.reply(b'{"here": true}')
    assert client.request("GET", "/old").json() == {"here": True}


def test_a_redirect_to_another_host_is_refused_and_the_key_stays_home(server: BadServer, client: HttpClient) -> None:
    with bad_server() as thief:
        server.behave["/x"] = lambda r: r.reply(status=302, Location=thief.url + "/x")
        thief.behave["/x"] = lambda r: r.reply()
        with pytest.raises(ContractBroken, match="sends requests on to http://localhost"):
            client.request("GET", "/x")
        assert thief.seen == []


def test_a_redirected_write_is_uncertain_and_not_repeated(server: BadServer, client: HttpClient) -> None:
    server.behave["/x"] = lambda r: r.reply(status=307, Location="/x")
    with pytest.raises(Uncertain):
        client.request("POST", "/x", json={}, writes=True)
    assert len(server.seen) == 1


def test_a_redirect_circle_ends(server: BadServer, client: HttpClient) -> None:
    server.behave["/x"] = lambda r: r.reply(status=302, Location="/x")
    with pytest.raises(ContractBroken, match="circle"):
        client.request("GET", "/x")


# ---------------------------------------------------------------------------------------- statuses
@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_say_where_to_enter_them(server: BadServer, client: HttpClient, status: int) -> None:
    server.behave["/x"] = lambda r: r.reply(status=status)
    with pytest.raises(AuthenticationFailed, match="Enter them again in the connection"):
        client.request("POST", "/x", json={}, writes=True)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("2.5", 2.5, 2.5),
        ("soon", 5, 5),
        ("", 5, 5),
        ("99999999999", 86_400, 86_400),
        ("nan", 5, 5),
        ("-3", 5, 5),
    ],
)
def test_a_request_to_slow_down_says_for_how_long(
    server: BadServer, client: HttpClient, header: str, low: float, high: float
) -> None:
    server.behave["/x"] = lambda r: r.reply(status=429, Retry_After=header)
    with pytest.raises(RateLimited) as caught:
        client.request("POST", "/x", json={}, writes=True)
    assert low <= caught.value.after_seconds <= high


@pytest.mark.parametrize(("ahead", "low", "high"), [(600, 300, 601), (-30, 0, 0)])
def test_a_request_to_slow_down_may_name_a_moment(
    server: BadServer, client: HttpClient, ahead: int, low: float, high: float
) -> None:
    moment = formatdate(time.time() + ahead, usegmt=True)
    server.behave["/x"] = lambda r: r.reply(status=429, Retry_After=moment)
    with pytest.raises(RateLimited) as caught:
        client.request("POST", "/x", json={}, writes=True)
    assert low <= caught.value.after_seconds <= high


def test_a_server_with_a_wrong_clock_is_waited_for_by_its_own_clock() -> None:
    from connectors.answers import retry_after

    headers = {"Date": "Mon, 01 Jan 2001 00:00:00 GMT", "Retry-After": "Mon, 01 Jan 2001 00:00:20 GMT"}
    assert retry_after(headers) == 20


def test_other_refusals_are_left_to_the_connector(server: BadServer, client: HttpClient) -> None:
    server.behave["/x"] = lambda r: r.reply(b'{"message": "no such vendor"}', 400)
    answer = client.request("POST", "/x", json={}, writes=True)
    assert (answer.status, answer.json()) == (400, {"message": "no such vendor"})


# ---------------------------------------------------------------------------- watching and holding back
def test_a_hook_can_keep_a_request_in(server: BadServer, client: HttpClient) -> None:
    def lease_too_short(outgoing: Outgoing) -> None:
        assert outgoing.total_seconds == PATIENT.total_seconds
        raise Retryable("The lease ends too soon.")

    client.before_send.append(lease_too_short)
    with pytest.raises(Retryable, match="lease"):
        client.request("POST", "/x", json={}, writes=True)
    assert server.seen == []


def test_observers_see_every_request_and_no_secret(server: BadServer, client: HttpClient) -> None:
    sent: list[Sent] = []
    client.observers.append(sent.append)
    server.behave |= {
        "/ok": lambda r: r.reply(b"[1]"),
        "/no": Request.drop,
        "/slow": lambda r: r.reply(status=429),
    }
    client.request("GET", "/ok", params=[("key", "value")])
    with pytest.raises(Uncertain):
        client.request("PUT", "/no", json={}, writes=True)
    with pytest.raises(RateLimited):
        client.request("GET", "/slow")
    assert [(s.method, s.path, s.status, type(s.error)) for s in sent] == [
        ("GET", "/ok", 200, type(None)),
        ("PUT", "/no", None, Uncertain),
        ("GET", "/slow", 429, RateLimited),
    ]
    assert sent[0].answer_bytes == 3
    assert sent[0].seconds > 0
    assert "s3cret" not in repr(sent) + repr(client)


# --------------------------------------------------------------------------------------- what a person typed
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://erp.example", "must start with https://"),
        ("ftp://erp.example", "is not a web address"),
        ("erp.example", "is not a web address"),
        ("https://", "is not a web address"),
        ("https://erp.example:99999", "is not a web address"),
        ("https://[::1", "is not a web address"),
        ("https://user:pw@erp.example", "without user name"),
        ("https://erp.example/?a=1", "without user name"),
        ("file:///etc/passwd", "is not a web address"),
    ],
)
def test_an_address_that_cannot_work_is_refused_with_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(Fatal, match=sentence):
        HttpClient(url)


@pytest.mark.parametrize("token", ["line\nbreak", "ünïcode-\u20ac", "line\r\nX-Injected: 1"])
def test_a_key_that_cannot_be_sent_is_named_as_the_fault(server: BadServer, token: str) -> None:
    client = HttpClient(server.url, auth=BearerToken(token), caps=HASTY, guard=LOCAL)
    with pytest.raises(Fatal, match="cannot be sent") as caught:
        client.request("GET", "/x")
    assert token not in caught.value.sentence + caught.value.detail
    assert server.seen == []


@pytest.mark.parametrize("path", ["x", "//evil.example/x", "/a/../admin", "/./a", "https://evil.example"])
def test_a_path_cannot_leave_the_base_url(client: HttpClient, path: str) -> None:
    with pytest.raises(ValueError, match="not a path below"):
        client.request("GET", path)
