"""Secrets at rest: sealed with the tenant's data key, opened only as exactly what they were sealed as.

AES-256-GCM with tenant, model, row and field as associated data: a ciphertext moved to another row, field or tenant
does not open. The data key lies in the database wrapped by master keys that never do (`settings.MASTER_KEYS`).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction

from connectors.models import Credential, DataKey, Sealed, WebhookSecret
from governance.locks import serialise
from tenancy.clock import db_now
from tenancy.context import require_tenant

_NONCE = 12


class VaultError(Exception):
    """A secret cannot be opened: tampered with, moved, or its key is missing."""


@dataclass(frozen=True)
class DataKeyInHand:
    """A tenant's unwrapped data key. Usable on any thread; shows nothing of itself."""

    id: UUID
    schema: str
    secret: bytes = field(repr=False)

    def seal(self, text: str, *, model: str, row: object, name: str) -> bytes:
        """The ciphertext of a secret for exactly this place."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.secret).encrypt(nonce, text.encode(), self._place(model, row, name))

    def open(self, ciphertext: bytes, *, model: str, row: object, name: str) -> str:
        """The secret; raises VaultError unless it was sealed for exactly this place."""
        sealed = bytes(ciphertext)
        try:
            plain = AESGCM(self.secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], self._place(model, row, name))
        except (InvalidTag, ValueError):
            raise VaultError(f"The stored {name} cannot be opened: it was altered or moved. Enter it again.") from None
        return plain.decode()

    def _place(self, model: str, row: object, name: str) -> bytes:
        return "\x1f".join((self.schema, model, str(row), name)).encode()


def _masters() -> MultiFernet:
    keys = [Fernet(base64.urlsafe_b64encode(key)) for key in settings.MASTER_KEYS.values()]
    if not keys:
        raise VaultError("No master key is configured. Set PORTAL_MASTER_KEYS (see the operations guide).")
    return MultiFernet(keys)


@lru_cache(maxsize=512)
def _unwrapped(schema: str, key_id: UUID, wrapped: bytes) -> DataKeyInHand:
    try:
        content = _masters().decrypt(wrapped)
    except InvalidToken:
        raise VaultError("The master key that protects this partner's secrets is not configured.") from None
    if content[:-32].decode() != schema:
        raise VaultError("This data key belongs to another partner.")
    return DataKeyInHand(key_id, schema, content[-32:])


def key_named(key_id: UUID) -> DataKeyInHand:
    """One of the current tenant's data keys, to open what it sealed."""
    row = DataKey.objects.get(pk=key_id)
    return _unwrapped(require_tenant(), row.pk, bytes(row.wrapped))


def key_in_force() -> DataKeyInHand:
    """The data key new secrets are sealed with; the tenant's first is made here."""
    row = DataKey.objects.filter(retired_at=None).first() or _first_key()
    return _unwrapped(require_tenant(), row.pk, bytes(row.wrapped))


@transaction.atomic
def _first_key() -> DataKey:
    serialise("data key")
    return DataKey.objects.filter(retired_at=None).first() or _new_key()


def _new_key() -> DataKey:
    secret = AESGCM.generate_key(256)
    return DataKey.objects.create(wrapped=_masters().encrypt(require_tenant().encode() + secret))


def put(row: Sealed, name: str, text: str) -> None:
    """Seals the text into a row that has its key already but is not saved."""
    key = key_in_force()
    row.data_key_id = key.id
    row.ciphertext = key.seal(text, model=row._meta.label, row=row.pk, name=name)


def take(row: Sealed, name: str) -> str:
    """The secret in a row."""
    return key_named(row.data_key_id).open(row.ciphertext, model=row._meta.label, row=row.pk, name=name)


# ---------------------------------------------------------------------------------------------------------- rotation
@transaction.atomic
def rewrap() -> int:
    """Puts the tenant's data keys under the first master key; afterwards the older master keys may be forgotten."""
    keys = list(DataKey.objects.select_for_update())
    for key in keys:
        key.wrapped = _masters().rotate(bytes(key.wrapped))
        key.save(update_fields=["wrapped"])
    return len(keys)


@transaction.atomic
def renew_data_key() -> int:
    """Seals every secret of the tenant anew under a new data key; returns how many. For when a backup has leaked."""
    serialise("data key")
    rows = list(_all_sealed())
    opened = [(row, name, take(row, name)) for row, name in rows]
    DataKey.objects.filter(retired_at=None).update(retired_at=db_now())
    _new_key()
    for row, name, text in opened:
        put(row, name, text)
        row.save(update_fields=["data_key_id", "ciphertext"])
    return len(opened)


def _all_sealed() -> Iterator[tuple[Sealed, str]]:
    for credential in Credential.objects.select_for_update():
        yield credential, credential.name
    for secret in WebhookSecret.objects.select_for_update():
        yield secret, WEBHOOK


WEBHOOK = "webhook secret"
