from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Fatal, Retryable
from connectors.guard import Guard, allowed
from connectors.http import HttpClient
from connectors.traffic import Caps
from tests.connectors.servers import BadServer, bad_server

REFUSED = [
    "127.0.0.1",
    "127.1",
    "0.0.0.0",
    "0",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "3fff::1",
    "5f00::1",
    "168.63.129.16",
    "::8.8.8.8",
    "::ffff:10.0.0.1",
    "localhost",
    "192.0.2.7",
    "198.51.100.7",
    "203.0.113.7",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450::1", "100.128.0.1"]


@pytest.mark.parametrize("form", REFUSED)
def test_every_way_to_write_a_private_address_is_refused(form: str) -> None:
    with pytest.raises((Fatal, Retryable)) as caught:  # Retryable: a form the system's resolver does not know
        Guard().addresses(form, 443)
    assert "8" not in caught.value.sentence.replace(form, "")  # the sentence does not print what it resolved to


@pytest.mark.parametrize("form", [form for form in REFUSED if form.count(".") == 3 or ":" in form])
def test_the_table_itself_refuses_every_plain_address(form: str) -> None:
    assert not allowed(ip_address(form))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address: str) -> None:
    assert allowed(ip_address(address))
    assert Guard().addresses(address, 443)[0][1][0] == address


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_in_ipv6_never_opens_a_way(address: Any) -> None:
    for prefix in ("::", "::ffff:", "64:ff9b::"):
        assert not allowed(ip_address(f"{prefix}{address}"))


@given(st.ip_addresses())
def test_what_the_standard_library_knows_to_be_private_is_refused(address: Any) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not allowed(address)


def test_loopback_is_open_only_by_its_flag_and_nothing_else_with_it() -> None:
    assert allowed(ip_address("127.0.0.1"), loopback=True)
    assert allowed(ip_address("::1"), loopback=True)
    for still in ("10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0"):
        assert not allowed(ip_address(still), loopback=True)


def _resolver(*rounds: list[str]) -> Any:
    """Answers the first question with the first list, and so on; the last one stays."""
    left = list(rounds)

    def resolve(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        names = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (name, port)) for name in names]

    return resolve


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    with pytest.raises(Fatal, match="inside a private network"):
        Guard(resolver=_resolver(["8.8.8.8", "10.0.0.1"])).addresses("erp.example", 443)


def test_a_name_without_an_internet_address_is_said_to_have_none() -> None:
    with pytest.raises(Retryable, match="no internet address"):
        Guard(resolver=lambda *_, **__: [(socket.AF_UNIX, 0, 0, "", "")]).addresses("erp.example", 443)


@pytest.fixture
def server() -> Iterator[BadServer]:
    with bad_server() as world:
        world.behave["/x"] = lambda r: r.reply()
        yield world


def test_the_address_that_was_judged_is_the_one_that_is_called(server: BadServer) -> None:
    """A name that changes its answer after the check gains nothing: it is resolved once per connection."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]

    url = f"http://erp.example:{server.port}"
    client = HttpClient(url, guard=Guard(allow_loopback=True, resolver=resolve))
    client.request("GET", "/x")
    client.request("GET", "/x")
    assert asked == ["erp.example"]
    assert server.seen[0].headers["Host"] == f"erp.example:{server.port}"


def test_a_name_that_turns_to_a_private_address_is_refused_at_its_next_connection(server: BadServer) -> None:
    resolve = _resolver(["127.0.0.1"], ["169.254.169.254"])
    client = HttpClient(f"http://erp.example:{server.port}", guard=Guard(allow_loopback=True, resolver=resolve))
    client.request("GET", "/x")
    client.close()
    with pytest.raises(Fatal, match="inside a private network"):
        client.request("POST", "/x", json={}, writes=True)
    assert len(server.seen) == 1


def test_a_dead_address_is_passed_over_for_the_next(server: BadServer) -> None:
    client = HttpClient(
        f"http://erp.example:{server.port}",
        caps=Caps(connect_seconds=1),
        guard=Guard(allow_loopback=True, resolver=_resolver(["127.0.0.9", "127.0.0.1"])),
    )
    assert client.request("GET", "/x").status == 200


def test_without_the_flag_the_local_server_is_never_reached(server: BadServer) -> None:
    client = HttpClient(f"https://localhost:{server.port}")
    with pytest.raises(Fatal, match="inside a private network"):
        client.request("GET", "/x")
    assert server.seen == []
