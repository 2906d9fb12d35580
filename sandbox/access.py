"""Who may call: one static token, and OAuth2 client credentials with tokens that expire."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import sqlite3
from urllib.parse import parse_qs, unquote

from sandbox import clock
from sandbox.calls import Call, Result, answer
from sandbox.errors import ApiError
from sandbox.settings import Settings


def check(db: sqlite3.Connection, settings: Settings, call: Call) -> None:
    """Raises 401 unless the call carries a token that is good now."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ApiError(401, "noToken", "Send a bearer token in the Authorization header.")
    if hmac.compare_digest(token.encode(), settings.static_token.encode()):
        return
    row = db.execute("SELECT expires_at FROM tokens WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise ApiError(401, "badToken", "This token is not known here. Check it, or ask for a new one at /oauth/token.")
    if row["expires_at"] <= clock.now():
        raise ApiError(401, "expiredToken", "This token has expired. Ask for a new one at /oauth/token.")


def issue(db: sqlite3.Connection, settings: Settings, call: Call) -> Result:
    """POST /oauth/token: client credentials in the form or as HTTP Basic (RFC 6749, 4.4)."""
    form = {name: values[0] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
    if form.get("grant_type") != "client_credentials":
        return answer({"error": "unsupported_grant_type"}, 400)
    client, secret = _basic(call) or (form.get("client_id", ""), form.get("client_secret", ""))
    if not (_same(client, settings.client_id) and _same(secret, settings.client_secret)):
        return answer({"error": "invalid_client", "error_description": "Unknown client or wrong secret."}, 401)
    token = secrets.token_urlsafe(24)
    expires = clock.later(clock.now(), settings.token_lifetime_seconds)
    db.execute("INSERT INTO tokens (token, client, expires_at) VALUES (?, ?, ?)", (token, client, expires))
    lifetime = int(settings.token_lifetime_seconds)
    return answer({"access_token": token, "token_type": "Bearer", "expires_in": lifetime, "scope": "ap"})


def revoke_all(db: sqlite3.Connection) -> None:
    """Every token given out so far stops working."""
    db.execute("DELETE FROM tokens")


def _basic(call: Call) -> tuple[str, str] | None:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ("", "")
    return unquote(client), unquote(secret)


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
