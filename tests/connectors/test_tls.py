from __future__ import annotations

import socket
import threading

import pytest

from connectors.errors import Fatal, Retryable
from connectors.guard import Guard
from connectors.http import HttpClient
from connectors.traffic import Caps
from tests.connectors.certificates import Authority
from tests.connectors.servers import bad_server

LOCAL = Guard(allow_loopback=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


def test_a_certificate_of_a_trusted_authority_is_accepted(authority: Authority) -> None:
    with bad_server(authority.server("localhost")) as server:
        server.behave["/x"] = lambda r: r.reply(b'{"ok": true}')
        client = HttpClient(server.url, guard=LOCAL, ca_bundle=str(authority.bundle))
        assert client.request("GET", "/x").json() == {"ok": True}


@pytest.mark.parametrize(
    ("host", "days", "self_signed", "trusted", "sentence"),
    [
        ("localhost", (-9, -1), False, True, "certificate of localhost has expired"),
        ("localhost", (1, 2), False, True, "certificate of localhost is not valid yet"),
        ("other.example", (-1, 1), False, True, "certificate of localhost belongs to another host"),
        ("localhost", (-1, 1), True, True, "certificate of localhost is self-signed"),
        ("localhost", (-1, 1), False, False, "signed by an authority that is not trusted"),
    ],
)
def test_a_wrong_certificate_is_explained_and_nothing_is_sent(
    authority: Authority, host: str, days: tuple[int, int], self_signed: bool, trusted: bool, sentence: str
) -> None:
    with bad_server(authority.server(host, days, self_signed)) as server:
        client = HttpClient(server.url, guard=LOCAL, ca_bundle=str(authority.bundle) if trusted else True)
        with pytest.raises(Fatal, match=sentence):
            client.request("POST", "/x", json={}, writes=True)
        assert server.seen == []


def test_the_environment_cannot_switch_verification_off(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with bad_server(authority.server("localhost")) as server, pytest.raises(Fatal, match="not trusted"):
        HttpClient(server.url, guard=LOCAL).request("GET", "/x")


def test_a_port_that_speaks_no_tls_is_named() -> None:
    with bad_server() as server:
        client = HttpClient(server.url.replace("http:", "https:"), guard=LOCAL, caps=Caps(read_seconds=1))
        with pytest.raises(Fatal, match="does not speak TLS"):
            client.request("POST", "/x", json={}, writes=True)


def test_a_handshake_that_breaks_off_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
        client = HttpClient(f"https://localhost:{listener.getsockname()[1]}", guard=LOCAL)
        with pytest.raises(Retryable, match="Nothing was sent"):
            client.request("POST", "/x", json={}, writes=True)
