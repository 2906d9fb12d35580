"""What the two coding policies share: every split with its line, findings gathered by cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from finance.money import spoken
from finance.policies.base import Finding, Severity
from finance.records import Account, CodingSplit, Dimension, Invoice, InvoiceLine, Payload, decode_as

SAMPLE_ACCOUNTS: Mapping[str, Account] = {
    code: decode_as(Account, {"code": code, "name": name, "postable": True, **more})
    for code, name, more in (
        ("4000", "Goods", {"required_dimensions": ["DEPARTMENT"]}),
        ("4100", "Rent", {}),
        ("4900", "Old goods", {"active": False}),
        ("4950", "Closed goods", {"valid_to": "2025-12-31"}),
        ("40", "Heading", {"postable": False}),
        ("1600", "Payables", {"control": True}),
        ("4200", "Of another entity", {"entities": [{"object": "entity", "natural_key": "FR01"}]}),
        ("4300", "Travel", {"allowed_values": [{"dimension_code": "DEPARTMENT", "value_codes": ["SALES"]}]}),
    )
}
SAMPLE_DIMENSIONS: Mapping[str, Dimension] = {
    "DEPARTMENT": decode_as(
        Dimension,
        {
            "code": "DEPARTMENT",
            "name": "Department",
            "values": [
                {"id": "1", "code": "SALES", "name": "Sales"},
                {"id": "2", "code": "ADMIN", "name": "Administration"},
                {"id": "3", "code": "OLD", "active": False},
            ],
        },
    )
}


@dataclass(frozen=True)
class Share:
    """One split of one line; `account` is the code people read."""

    line: InvoiceLine
    split: CodingSplit
    path: str

    @property
    def account(self) -> str:
        """The account's code, from the reference where the split has no code of its own."""
        return self.split.account_code or (self.split.account.natural_key if self.split.account else "")

    @property
    def values(self) -> dict[str, str]:
        """Dimension code → value code, stated ones only."""
        return {entry.dimension_code: entry.value_code for entry in self.split.dimensions or () if entry.value_code}

    @property
    def amount(self) -> Decimal:
        """The amount of the split, else of its line."""
        return self.split.amount or self.line.line_extension_amount or Decimal(0)


@dataclass
class Cause:
    """One thing that is wrong, wherever it occurs in the document."""

    key: str
    what: str
    remedy: str
    severity: Severity = "hold"
    fields: list[str] = field(default_factory=list)
    amount: Decimal = Decimal(0)


def shares(invoice: Invoice) -> Iterator[Share]:
    """Every split of every line that carries money."""
    for line in invoice.lines or ():
        for split in line.splits or ():
            if split.amount != 0:
                yield Share(line, split, f"lines[id={line.id}].splits[id={split.id}]")


def gather(found: Iterable[tuple[Cause, str, Decimal]], invoice: Invoice, noun: str) -> Iterator[Finding]:
    """One finding per cause with all its fields and the money that waits for it."""
    causes: dict[str, Cause] = {}
    for cause, path, amount in found:
        known = causes.setdefault(cause.key, cause)
        known.fields.append(path)
        known.amount += amount
    currency = invoice.currency_code or ""
    for cause in causes.values():
        money = f"{spoken(cause.amount, currency)} {currency}".strip()
        places = f"{len(cause.fields)} {noun}{'' if len(cause.fields) == 1 else 's'}"
        message = f"{cause.what} ({places}, {money}). The invoice cannot be posted before. {cause.remedy}"
        yield Finding(cause.severity, tuple(cause.fields), message, cause.key, {"amount": str(cause.amount)})


def posting_day(invoice: Invoice) -> date | None:
    """The day it is or would be booked."""
    return invoice.posting_date or invoice.issue_date or None


def sample_lines(*splits: Payload) -> dict[str, Any]:
    """Lines of a sample invoice with these splits of one line."""
    return {"lines": [{"id": "1", "line_extension_amount": "100.00", "splits": list(splits)}]}
