"""What came back over HTTP and what it means: JSON without a lost digit, statuses as errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from connectors.errors import (
    AuthenticationFailed,
    ConnectorError,
    ContractBroken,
    RateLimited,
    Retryable,
    Uncertain,
)

DEFAULT_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 86_400.0
_MAX_EXPONENT = 60
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,200})", re.IGNORECASE)


@dataclass(frozen=True)
class HttpAnswer:
    """A fully read answer. After a write, an unreadable one leaves open whether it was applied."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    host: str = ""
    writes: bool = False

    def json(self) -> Any:
        """The body with fractions as Decimal. Raises ContractBroken (of an accepted write: Uncertain)."""
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind and not kind.endswith("json"):
            raise self._unreadable("a web page" if "html" in kind else kind, kind)
        try:
            return _decoder.decode(self.content.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            what = "a web page" if self.content.lstrip()[:1] == b"<" else "damaged data"
            raise self._unreadable(what, str(error)) from error

    def _unreadable(self, what: str, detail: str) -> ConnectorError:
        sentence = f"{self.host} answered with {what} where data was expected."
        return self.broken(sentence, detail=f"{detail}: {excerpt(self.content)}")

    def broken(self, sentence: str, *, detail: str = "") -> ConnectorError:
        """The error for an answer that breaks the interface's promise."""
        if self.writes and self.status < 400:
            return Uncertain(sentence, detail=detail, status=self.status)
        return ContractBroken(sentence, detail=detail, status=self.status)


def _exact(text: str) -> Decimal:
    """A JSON fraction as Decimal; an exponent no ledger needs is refused before it can fill the memory."""
    number = Decimal(text)
    if ("e" in text or "E" in text) and abs(number.adjusted()) > _MAX_EXPONENT:
        raise ValueError(f"the number {text[:40]} is out of bounds")
    return number


_decoder = msgspec.json.Decoder(float_hook=_exact)


def excerpt(content: bytes) -> str:
    """The title of an HTML page, else the first 300 characters: evidence for an engineer."""
    title = _TITLE.search(content[:4096])
    return " ".join((title.group(1) if title else content[:300]).decode(errors="replace").split())


def lost(sentence: str, *, writes: bool, detail: str = "", status: int | None = None) -> ConnectorError:
    """No usable answer came to a request that was sent."""
    return (Uncertain if writes else Retryable)(sentence, detail=detail, status=status)


def refusal(answer: HttpAnswer) -> ConnectorError | None:
    """The error that 401/403, 429 and 5xx stand for in every system; other statuses are the connector's."""
    host, status, detail = answer.host, answer.status, excerpt(answer.content)
    if status in (401, 403):
        sentence = f"{host} does not accept the credentials. Enter them again in the connection."
        return AuthenticationFailed(sentence, detail=detail, status=status)
    if status == 429:
        pause = retry_after(answer.headers)
        sentence = f"{host} asked to wait {pause:.0f} seconds before the next request."
        return RateLimited(sentence, after_seconds=pause, detail=detail, status=status)
    if status >= 500:
        return lost(f"{host} failed with error {status}.", writes=answer.writes, detail=detail, status=status)
    return None


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float:
    """Seconds to wait by `Retry-After` (seconds, or a date measured against the server's own `Date`)."""
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text) if text.replace(".", "", 1).isdecimal() else _until(text, headers, now)
    except (TypeError, ValueError):
        seconds = DEFAULT_PAUSE_SECONDS
    return min(max(seconds, 0.0), LONGEST_PAUSE_SECONDS)


def _until(text: str, headers: Mapping[str, str], now: datetime | None) -> float:
    moment = parsedate_to_datetime(text)
    here = parsedate_to_datetime(headers["Date"]) if "Date" in headers else now or datetime.now(UTC)
    return (moment.astimezone(UTC) - here.astimezone(UTC)).total_seconds()
