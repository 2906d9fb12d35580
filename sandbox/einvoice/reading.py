"""What both syntaxes share: finding texts, amounts and dates, and naming what is wrong."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree

from sandbox.einvoice.safexml import Unreadable
from sandbox.money import MINOR_UNITS
from sandbox.shapes import Bill
from sandbox.shapes.bills import DocumentType

_TYPES: Mapping[str, DocumentType] = {
    "381": "creditNote",
    "396": "creditNote",
    "384": "correctedInvoice",
    "386": "prepayment",
    "389": "selfBilled",
}
_WORDS = 2000


@dataclass(frozen=True)
class Embedded:
    """A file inside the invoice file."""

    file_name: str
    media_type: str
    content: bytes


@dataclass
class Found:
    """A bill as read, the sum of lines the document states, and what was embedded."""

    bill: Bill
    line_total: str | None = None
    embedded: list[Embedded] = field(default_factory=list)


class Reader:
    """Finds things below a node by ElementPath; the prefixes are the syntax's own."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = dict(prefixes)

    def all(self, node: etree._Element, path: str) -> list[etree._Element]:
        """Every element at the path."""
        return node.findall(path, self._prefixes)

    def text(self, node: etree._Element, *paths: str) -> str | None:
        """The first non-empty text at one of the paths, trimmed and capped."""
        for path in paths:
            for found in self.all(node, path):
                if words := (found.text or "").strip():
                    return words[:_WORDS]
        return None

    def attribute(self, node: etree._Element, path: str, name: str) -> str | None:
        """An attribute of the first element at the path."""
        found = self.all(node, path)
        return (found[0].get(name) or None) if found else None

    def number(self, node: etree._Element, path: str) -> str | None:
        """A decimal as text without exponent; raises Unreadable."""
        words = self.text(node, path)
        if words is None:
            return None
        try:
            value = Decimal(words)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value.adjusted() > 14 or int(value.as_tuple().exponent) < -10:
            raise Unreadable(f"{_last(path)} says {words[:40]!r}, which is no amount. Ask for a corrected invoice.")
        return format(value, "f")

    def amount(self, node: etree._Element, path: str) -> str | None:
        """An amount: as `number`, with at most six decimals that count."""
        found = self.number(node, path)
        if found is None or len(found.partition(".")[2]) <= 6:
            return found
        value = Decimal(found)
        if value != value.quantize(Decimal("0.000001")):
            raise Unreadable(f"{_last(path)} says {found[:40]}, with more decimals than any currency has.")
        return format(value.quantize(Decimal("0.000001")), "f")

    def day(self, node: etree._Element, *paths: str) -> date | None:
        """A date as 2026-01-31 or 20260131; raises Unreadable."""
        words = self.text(node, *paths)
        if words is None:
            return None
        try:
            return date.fromisoformat(words[:10])
        except ValueError as fault:
            raise Unreadable(f"{_last(paths[0])} says {words[:40]!r}, which is no date.") from fault


def needed(value: str | None, what: str) -> str:
    """The value; raises Unreadable where the document lacks it."""
    if value is None:
        raise Unreadable(f"The invoice has no {what}. Ask the sender for a complete one.")
    return value


def currency(code: str | None) -> str:
    """A currency that exists; raises Unreadable."""
    code = needed(code, "currency (BT-5)")
    if code not in MINOR_UNITS:
        raise Unreadable(f"The currency {code[:20]!r} is not known (ISO 4217). Ask the sender for a corrected invoice.")
    return code


def document_type(code: str, *, credit_note: bool = False) -> DocumentType:
    """The service's word for a type code (UNCL 1001)."""
    return _TYPES.get(code, "creditNote" if credit_note else "invoice")


def embedded(name: str | None, media_type: str | None, text: str | None) -> Embedded | None:
    """A file carried inside, or None where it cannot be decoded."""
    try:
        content = base64.b64decode(text or "", validate=False)
    except binascii.Error:
        return None
    return (
        Embedded((name or "attachment")[:200], media_type or "application/octet-stream", content) if content else None
    )


def _last(path: str) -> str:
    return path.rpartition("/")[2].partition(":")[2] or path
