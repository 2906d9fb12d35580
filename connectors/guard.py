"""Which addresses may be called: all that a name resolves to are judged, only a judged one is connected to.

The table is spelled out: the answers of `ipaddress.is_private` differ between Python releases.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from connectors.errors import Fatal, Retryable

Address = IPv4Address | IPv6Address
SocketAddress = tuple[int, tuple[Any, ...]]  # (family, address as `socket.connect` takes it)
_FAMILIES = (socket.AF_INET, socket.AF_INET6)
Resolver = Callable[..., Sequence[tuple[Any, ...]]]  # the signature of `socket.getaddrinfo`

_REFUSED_V4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, also metadata of one cloud
        "168.63.129.16/32",  # a cloud's wire server, on a public address
        "169.254.0.0/16",  # link-local, metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_LOOPBACK_V4, _LOOPBACK_V6 = ip_network("127.0.0.0/8"), ip_address("::1")
_PUBLIC_V6 = ip_network("2000::/3")  # outside is local, unassigned, or IPv4 in disguise
_REFUSED_V6 = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID, benchmarking and other protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries any IPv4 address
        "3fff::/20",
    )
)


def allowed(address: Address, *, loopback: bool = False) -> bool:
    """Whether the address may be called. `loopback` admits 127.0.0.0/8 and ::1 in their plain forms only."""
    if address == _LOOPBACK_V6 or address in _LOOPBACK_V4:
        return loopback
    if isinstance(address, IPv6Address):
        return address in _PUBLIC_V6 and not any(address in net for net in _REFUSED_V6)
    return not any(address in net for net in _REFUSED_V4)


@dataclass(frozen=True)
class Guard:
    """Resolves a name and refuses it whole if any of its addresses may not be called."""

    allow_loopback: bool = False
    resolver: Resolver = socket.getaddrinfo

    def addresses(self, host: str, port: int) -> list[SocketAddress]:
        """Checked socket addresses in the resolver's order. Raises Retryable (unknown) or Fatal (refused)."""
        found = self._resolve(host, port)
        for _, address in found:
            if not allowed(ip_address(address[0].partition("%")[0]), loopback=self.allow_loopback):
                raise Fatal(
                    f"{host} leads to an address inside a private network, which connections may not call. "
                    "Enter the system's public address.",
                    detail=f"{host} resolved to {address[0]}",
                )
        return found

    def _resolve(self, host: str, port: int) -> list[SocketAddress]:
        try:
            answers = self.resolver(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Retryable(
                f"The host name {host} is unknown. Check the address of the connection.", detail=str(error)
            ) from error
        found = [(answer[0], answer[4]) for answer in answers if answer[0] in _FAMILIES]
        if not found:
            raise Retryable(f"The host name {host} has no internet address.")
        return found


def checked_base_url(url: str, *, insecure: bool = False) -> str:
    """The URL without a trailing slash. Raises Fatal unless it is https (`insecure`: or http) and plain."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Fatal(f"{url[:200]!r} is not a web address. Enter it as https://host/path.") from error
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Fatal("Enter the address without user name, password, question mark or hash sign.")
    if not host or parts.scheme not in ("https", "http"):
        raise Fatal(f"{url[:200]!r} is not a web address. Enter it as https://host/path.")
    if parts.scheme == "http" and not insecure:
        raise Fatal(f"The address of {host} must start with https://, or its key could be read on the way.")
    return url.strip().rstrip("/")
