from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from connectors.errors import DataRejected
from connectors.webhooks import verified

SECRET = "whsec_c2VjcmV0LXNlY3JldA=="
BODY = b'{"amount": 1}'


def signed(body: bytes = BODY) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "Webhook-Id": "m1",
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": Webhook(SECRET).sign("m1", now, body.decode()),
    }


def test_a_genuine_notification_gives_its_id_and_content() -> None:
    assert verified(signed(), BODY, ["whsec_b3RoZXI=", SECRET]) == ("m1", {"amount": 1})


def test_genuine_but_unreadable_content_is_refused() -> None:
    with pytest.raises(DataRejected, match="not readable JSON"):
        verified(signed(b"{"), b"{", [SECRET])


@given(
    st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()), st.binary()
)
def test_whatever_a_stranger_sends_is_refused_and_nothing_breaks(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(DataRejected):
        verified(headers, body, [SECRET])


@given(st.text(max_size=40), st.text(max_size=40))
def test_genuine_headers_with_one_replaced_are_refused(stamp: str, signature: str) -> None:
    for name, text in (("Webhook-Timestamp", stamp), ("Webhook-Signature", signature)):
        with pytest.raises(DataRejected):
            verified({**signed(), name: text}, BODY, [SECRET])


def test_a_secret_that_is_no_key_believes_nobody() -> None:
    with pytest.raises(DataRejected):
        verified(signed(), BODY, ["not base64 !", ""])
