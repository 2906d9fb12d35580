"""A connector ready to use, made from settings alone: for tests, scripts and connections not yet saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.auth import (
    AccessToken,
    Authenticator,
    MemoryTokens,
    OAuth2ClientCredentials,
    RenewedBearer,
    TokenSource,
    fetch_token,
    token_endpoint,
)
from connectors.base import Client, Connector
from connectors.errors import Fatal
from connectors.guard import Guard
from connectors.http import HttpClient
from connectors.traffic import Caps

TokenSources = Callable[[OAuth2ClientCredentials, Callable[[], AccessToken]], TokenSource]


class NoClient:
    """The client of a system that is not reached over HTTP."""

    def request(self, method: str, path: str, **_: Any) -> Any:
        """Always refuses."""
        raise Fatal(f"This system has no web address, so {method} {path} cannot be sent.")


def authenticator(auth: Any, client_for: Callable[[str], Client], sources: TokenSources) -> Authenticator:
    """What `Connector.auth` declared, as something that signs requests; OAuth2 gets a token source."""
    if not isinstance(auth, OAuth2ClientCredentials):
        return auth  # type: ignore[no-any-return]
    client = client_for(token_endpoint(auth)[0])
    return RenewedBearer(sources(auth, lambda: fetch_token(auth, client)))


def open_directly(
    cls: type[Connector],
    settings: Mapping[str, str],
    *,
    guard: Guard | None = None,
    caps: Caps | None = None,
    ca_bundle: str | bool = True,
) -> Connector:
    """A connector with its own HTTP client; no database, no shared limit, tokens kept in memory."""
    if not cls.base_url_setting:
        return cls(NoClient(), settings)

    def client_for(url: str) -> HttpClient:
        return HttpClient(url, caps=caps or Caps(), guard=guard or Guard(), ca_bundle=ca_bundle)

    client = client_for(settings[cls.base_url_setting])
    client.auth = authenticator(cls.auth(settings), client_for, lambda _, fetch: MemoryTokens(fetch))
    return cls(client, settings)
