"""How a request says who is asking: plain values, and a token source that renews once however many ask."""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import urlencode, urlsplit

from connectors.base import Client
from connectors.errors import AuthenticationFailed, ContractBroken, Retryable

RENEW_BEFORE_SECONDS = 30.0


class Authenticator(Protocol):
    """Gives the headers of a request; `renew` says whether other headers than the refused ones can be had."""

    def headers(self) -> Mapping[str, str]: ...

    def renew(self, refused: Mapping[str, str]) -> bool: ...


class _Fixed:
    """Credentials that a person typed: refused once, they stay refused."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        return False


@dataclass(frozen=True)
class NoAuth(_Fixed):
    """An interface without credentials (a token endpoint, a public document)."""

    def headers(self) -> Mapping[str, str]:
        return {}


@dataclass(frozen=True)
class BearerToken(_Fixed):
    """`Authorization: Bearer …` with a token that does not expire."""

    token: str = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class ApiKeyHeader(_Fixed):
    """A key in a header of the vendor's own naming."""

    name: str
    key: str = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        return {self.name: self.key}


@dataclass(frozen=True)
class BasicAuth(_Fixed):
    """User name and password as UTF-8 (RFC 7617)."""

    user: str
    password: str = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Basic {_basic(self.user, self.password)}"}


@dataclass(frozen=True)
class OAuth2ClientCredentials:
    """The client credentials grant (RFC 6749 4.4). `send` says where the client names itself."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    send: Literal["header", "body"] = "header"


@dataclass(frozen=True)
class AccessToken:
    """An access token and how many seconds it lives from its issue."""

    value: str = field(repr=False)
    lives_seconds: float


class TokenSource(Protocol):
    """Hands out a token that has time left; never the one named in `refused`."""

    def token(self, *, refused: str = "") -> str: ...


@dataclass(frozen=True)
class RenewedBearer:
    """A bearer token that a source renews."""

    source: TokenSource = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.source.token()}"}

    def renew(self, refused: Mapping[str, str]) -> bool:
        self.source.token(refused=refused["Authorization"].removeprefix("Bearer "))
        return True


class MemoryTokens:
    """A token source for one process: threads that find the token used up wait for the one that renews it."""

    def __init__(self, fetch: Callable[[], AccessToken], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._value = ""
        self._until = 0.0

    def token(self, *, refused: str = "") -> str:
        with self._lock:
            if self._value in ("", refused) or self._clock() >= self._until:
                issued = self._fetch()
                self._value = issued.value
                self._until = self._clock() + usable_seconds(issued.lives_seconds)
            return self._value


def usable_seconds(lives_seconds: float) -> float:
    """How long a token is handed out: not to its very end, and a short-lived one for half its life."""
    return max(lives_seconds - RENEW_BEFORE_SECONDS, lives_seconds / 2)


def token_endpoint(auth: OAuth2ClientCredentials) -> tuple[str, str]:
    """(origin, path) of the token URL, as the HTTP client takes them."""
    parts = urlsplit(auth.token_url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}", (parts.path or "/") + query


def fetch_token(auth: OAuth2ClientCredentials, client: Client) -> AccessToken:
    """Asks the token endpoint through `client` (made for the origin of `token_endpoint`)."""
    form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if auth.send == "header":
        headers["Authorization"] = f"Basic {_basic(auth.client_id, auth.client_secret)}"
    else:
        form |= {"client_id": auth.client_id, "client_secret": auth.client_secret}
    path, body = token_endpoint(auth)[1], urlencode(form).encode()
    answer = client.request("POST", path, content=body, headers=headers)
    if answer.status >= 400:
        sentence = "The client id or secret was not accepted. Enter them again in the connection."
        raise AuthenticationFailed(sentence, status=answer.status)
    return _issued(answer.json())


def _issued(body: Any) -> AccessToken:
    token = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(token, str) or not token:
        raise ContractBroken("The token endpoint answered without an access token.")
    try:
        lives = float(body.get("expires_in", 3600))
    except (TypeError, ValueError) as error:
        raise ContractBroken("The token endpoint gave no readable life time for its token.") from error
    if lives <= 0:
        raise Retryable("The token endpoint issued a token that has already expired.")
    return AccessToken(token, lives)


def _basic(user: str, password: str) -> str:
    return b64encode(f"{user}:{password}".encode()).decode()
