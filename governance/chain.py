"""The arithmetic of the audit chain: what is digested, with which key. Pure but for the settings' master keys."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

START = "0" * 64
MASK = "•••"
_SECRET_WORDS = ("password", "secret", "token", "api_key", "apikey", "private_key", "credential", "authorization")


class KeyMissing(RuntimeError):
    """The master key an entry was digested under is not configured any more."""


def canonical(value: Any) -> bytes:
    """The one byte string of a JSON value: sorted keys, no spaces, UTF-8."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(value: Any) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal; what an approval is pinned to."""
    return hashlib.sha256(canonical(value)).hexdigest()


def plain(value: Any) -> Any:
    """JSON that survives the database unchanged: numbers with a fraction become text, floats are refused."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, (Decimal, UUID, date)):
        return str(value)
    if value is None or isinstance(value, (str, int, bool)):
        return value
    raise TypeError(f"{type(value).__name__} cannot be kept as evidence; pass text, a whole number or a Decimal.")


def masked(data: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data in which whatever is named like a secret is not shown."""
    return {name: _masked_value(name, value) for name, value in plain(data).items()}


def _masked_value(name: str, value: Any) -> Any:
    if value and any(word in name.lower() for word in _SECRET_WORDS):
        return MASK
    if isinstance(value, dict):
        return masked(value)
    return [_masked_value(name, item) for item in value] if isinstance(value, list) else value


def active_key_id() -> str:
    """The master key new entries are digested under."""
    return next(iter(settings.MASTER_KEYS))


@lru_cache(maxsize=1024)
def chain_key(key_id: str, schema: str, purpose: str) -> bytes:
    """32 bytes for one tenant and purpose; the master key itself never leaves the settings."""
    master = settings.MASTER_KEYS.get(key_id)
    if master is None:
        raise KeyMissing(f"The master key “{key_id}” is not configured: what it signed cannot be checked.")
    return HKDF(SHA256(), length=32, salt=schema.encode(), info=f"audit {purpose}".encode()).derive(master)


def mac_of(content: Mapping[str, Any], *, key_id: str, schema: str, purpose: str = "chain") -> str:
    """The keyed digest of a JSON object, in hexadecimal."""
    return hmac.new(chain_key(key_id, schema, purpose), canonical(content), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compares two digests in constant time."""
    return hmac.compare_digest(one, other)
