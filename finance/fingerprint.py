"""What of an invoice was approved, as one digest, and what differs from it in words.

Vendor, payee, amounts, currency, tax, dates and coding count. Spelling does not: trailing zeros, the order of lines
and splits, whether an empty field is stated.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from finance.catalogue import catalogue, mask
from finance.identity import bank_key
from finance.records import (
    AllowanceCharge,
    CodingSplit,
    Invoice,
    InvoiceLine,
    Party,
    PaymentInstruction,
    Ref,
    TaxSubtotal,
    UnsetType,
)

Content: TypeAlias = dict[str, str]
VERSION = "1"
_HEADER = (
    "invoice_number",
    "invoice_type_code",
    "vendor",
    "entity",
    "currency_code",
    "tax_currency_code",
    "exchange_rate",
    "issue_date",
    "due_date",
    "tax_point_date",
    "posting_date",
    "period_start",
    "period_end",
    "payment_term",
    "discount_date",
    "discount_amount",
    "tax_exclusive_amount",
    "tax_amount",
    "tax_inclusive_amount",
    "prepaid_amount",
    "payable_rounding_amount",
    "payable_amount",
    "self_assessed_tax_amount",
    "non_recoverable_tax_amount",
    "withheld_amount",
    "retained_amount",
)
_LINE = (
    "line_extension_amount",
    "quantity",
    "price_amount",
    "tax_category_code",
    "tax_rate",
    "tax_code",
    "tax_amount",
    "non_recoverable_tax_amount",
    "purchase_order",
    "order_line",
    "order_line_number",
)
_ONE_WORD = re.compile(r"[\w./+-]+")
_ACCOUNT_DIGEST = re.compile(r" #[0-9a-f]{24}")
_PAYEE = ("name", "identifier", "company_id", "tax_number")


@dataclass(frozen=True)
class Difference:
    """A field that is not as approved; the values are what a person reads, bank accounts masked."""

    field: str
    approved: str
    now: str
    sentence: str


def approved_content(invoice: Invoice) -> Content:
    """What an approver agrees to, flat: path → value as plain text. Fields without a value are left out."""
    found = dict(_read(invoice, _HEADER, ""))
    if isinstance(invoice.payee, Party):
        found |= _read(invoice.payee, _PAYEE, "payee.")
    found["payment_instructions"] = _all(_instruction, invoice.payment_instructions)
    found["tax_subtotals"] = _all(_subtotal, invoice.tax_subtotals)
    found["allowance_charges"] = _all(_adjustment, invoice.allowance_charges)
    for line in invoice.lines or ():
        found |= _line(line)
    return {path: value for path, value in found.items() if value}


def digest(content: Mapping[str, str]) -> str:
    """Canonical digest of a content; carries the version of the rules it was made by."""
    return f"{VERSION}:{hashlib.sha256(msgspec.json.encode(dict(content), order='sorted')).hexdigest()}"


def fingerprint(invoice: Invoice) -> str:
    """The digest of what an approver of this invoice agrees to."""
    return digest(approved_content(invoice))


def approved_equals(approved: Invoice | Mapping[str, str], about_to_post: Invoice) -> list[Difference]:
    """What is about to be posted and was not approved, or the other way round; empty where the two agree."""
    before = approved_content(approved) if isinstance(approved, Invoice) else approved
    now = approved_content(about_to_post)
    return [
        _difference(path, before.get(path, ""), now.get(path, ""))
        for path in {**before, **now}
        if before.get(path, "") != now.get(path, "")
    ]


def computed_totals_differ(
    invoice: Invoice,
    *,
    currency: str,
    tax_exclusive_amount: Decimal,
    tax_amount: Decimal,
    payable_amount: Decimal,
    rounding: Decimal = Decimal(0),
) -> list[Difference]:
    """What a system computed for its draft against what was approved; a total may be off by `rounding` at most."""
    computed = {
        "tax_exclusive_amount": tax_exclusive_amount,
        "tax_amount": tax_amount,
        "payable_amount": payable_amount,
    }
    differing = [
        _difference(name, _text(ours), _text(theirs))
        for name, theirs in computed.items()
        for ours in (getattr(invoice, name) or Decimal(0),)
        if abs(ours - theirs) > rounding
    ]
    if currency != (invoice.currency_code or ""):
        differing.insert(0, _difference("currency_code", invoice.currency_code or "", currency))
    return differing


# ---------------------------------------------------------------------------------------------------- the content
def _read(part: Any, names: tuple[str, ...], prefix: str) -> Iterator[tuple[str, str]]:
    return ((f"{prefix}{name}", _text(getattr(part, name))) for name in names)


def _text(value: Any) -> str:
    """One spelling for each value; "" for what is absent or empty."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, Ref):
        place = f" ({value.system} {value.external_id})" if value.external_id else ""
        return f"{value.natural_key}{place}".strip()
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _all(say: Callable[[Any], str], parts: Iterable[Any] | UnsetType | None) -> str:
    """Entries in one order, whatever order they came in."""
    return "; ".join(sorted(map(say, parts or ())))


def _word(text: str) -> str:
    """Quoted where it could be read as more than one word, so that no text can pose as another coding."""
    return text if not text or _ONE_WORD.fullmatch(text) else f"“{text.replace('”', '””')}”"


def _subtotal(subtotal: TaxSubtotal) -> str:
    kind = f"{_word(subtotal.category_code or '')} {_text(subtotal.rate)} %"
    return f"{kind}: {_text(subtotal.tax_amount)} on {_text(subtotal.taxable_amount)}"


def _instruction(instruction: PaymentInstruction) -> str:
    """The account asked for: masked for people, with a digest so that two accounts never look the same."""
    account = instruction.account_id or ""
    shown = f"{mask(account)} #{bank_key(iban=account)}" if account else ""
    words = (_word(instruction.payment_means_code or ""), shown, _word(instruction.bic or ""))
    return " ".join(filter(None, words))


def _adjustment(entry: AllowanceCharge) -> str:
    kind = "charge" if entry.charge_indicator else "allowance"
    return f"{kind} {_text(entry.amount)} {_word(entry.tax_category_code or '')} {_text(entry.tax_rate)}".strip()


def _line(line: InvoiceLine) -> Content:
    prefix = f"lines[id={line.id}]."
    found = dict(_read(line, _LINE, prefix))
    found[f"{prefix}allowance_charges"] = _all(_adjustment, line.allowance_charges)
    found[f"{prefix}splits"] = _all(_coding, line.splits)
    return found


def _coding(split: CodingSplit) -> str:
    """`60 on 4000 (DEPARTMENT SALES, PROJECT P1) tax V19`."""
    account = _word(split.account_code or _text(split.account))
    pairs = sorted(f"{_word(d.dimension_code)} {_word(d.value_code or '')}" for d in split.dimensions or ())
    size = _text(split.amount) or f"{_text(split.percent)} %"
    tax = f" tax {_word(_text(split.tax_code))}" if split.tax_code else ""
    return f"{size} on {account}{' (' + ', '.join(pairs) + ')' if pairs else ''}{tax}"


# ----------------------------------------------------------------------------------------------------------- words
def _difference(path: str, approved: str, now: str) -> Difference:
    before, after = (_ACCOUNT_DIGEST.sub("", value) or "nothing" for value in (approved, now))
    if before == after:
        after = f"another account that ends alike ({after})"
    sentence = f"{_label(path)}: approved was {before}, about to be posted is {after}."
    return Difference(path, before, after, sentence)


def _label(path: str) -> str:
    """`lines[id=2].splits` → `Line 2, coding`."""
    head, _, name = path.rpartition(".")
    if head.startswith("lines["):
        label = "coding" if name == "splits" else catalogue("invoice").field(f"lines[].{name}").label.lower()
        return f"Line {head[len('lines[id=') : -1]}, {label}"
    return catalogue("invoice").field(path).label
