"""Notifications signed by the Standard Webhooks rules (standardwebhooks.com), with several secrets in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

from connectors.errors import DataRejected


def verified(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> tuple[str, Any]:
    """(delivery id, payload) of a genuine notification not older than five minutes; else DataRejected."""
    given = {name.lower(): value for name, value in headers.items()}
    reasons = [_fault(secret, given, body) for secret in secrets]
    if None not in reasons:
        sentence = "A notification was refused: it is forged, too old, or signed with a secret not in force."
        raise DataRejected(sentence, detail="; ".join(map(str, reasons)), field="webhook-signature")
    try:
        return given["webhook-id"], msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise DataRejected("A notification was genuine but is not readable JSON.", detail=str(error)) from error


def _fault(secret: str, headers: dict[str, str], body: bytes) -> str | None:
    """Why this secret does not prove the notification; None where it does."""
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, EmptyWebhookSecretError, ValueError) as error:
        return str(error)
    return None
