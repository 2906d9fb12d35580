"""What a policy may ask to be told about. All of it is fetched before, in sets; a policy itself looks nothing up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias, TypedDict

from finance.identity import payee_keys
from finance.records import Account, Dimension, FinancialAccount, Invoice, Vendor

Need: TypeAlias = Literal[
    "vendor_candidates",
    "invoice_candidates",
    "previous_bank_accounts",
    "accounts",
    "dimensions",
    "combinations",
    "periods",
    "approval",
    "released_pairs",
]
PaymentStatus: TypeAlias = Literal["open", "partly_paid", "paid", "void", "unknown"]


@dataclass(frozen=True)
class VendorCandidate:
    """A vendor that shares a blocking key and is not the record itself; `system` is what people call the system."""

    system: str
    external_id: str
    vendor: Vendor


@dataclass(frozen=True)
class InvoiceCandidate:
    """An invoice that shares a key: landed, keyed in the ERP, paid, or on the same page; never the record itself."""

    system: str
    external_id: str
    invoice_number: str
    type_code: str
    issue_date: date | None
    gross: Decimal | None
    currency: str
    payees: Set[str]
    payment_status: PaymentStatus = "unknown"
    origin: str = ""
    document_number: str = ""
    period: tuple[date, date] | None = None

    @classmethod
    def of(
        cls,
        invoice: Invoice,
        *,
        system: str,
        external_id: str,
        payment_status: PaymentStatus = "unknown",
        payees: Set[str] = frozenset(),
    ) -> InvoiceCandidate:
        """From a record; `payees` adds keys that only its reader knows, such as the link of its vendor."""
        start, end = invoice.period_start, invoice.period_end
        gross = invoice.tax_inclusive_amount
        if gross is None or not isinstance(gross, Decimal):
            gross = invoice.payable_amount or None
        return cls(
            system=system,
            external_id=external_id,
            invoice_number=invoice.invoice_number or "",
            type_code=invoice.invoice_type_code or "380",
            issue_date=invoice.issue_date or None,
            gross=gross,
            currency=invoice.currency_code or "",
            payees=payee_keys(invoice) | payees,
            payment_status="void" if invoice.status == "void" else payment_status,
            origin=invoice.origin or "",
            document_number=invoice.erp_document_number or "",
            period=(start, end) if start and end else None,
        )


@dataclass(frozen=True)
class Combination:
    """A rule about which values of a dimension go with accounts; `account` may end in * for a range."""

    account: str
    dimension_code: str
    value_code: str
    allowed: bool = True


@dataclass(frozen=True)
class Period:
    """A posting period of the record's legal entity, as payables see it."""

    name: str
    start: date
    end: date
    state: Literal["open", "soft_closed", "closed"]


@dataclass(frozen=True)
class ApprovedInvoice:
    """What was approved: the digest, and the content it was made of where that was kept."""

    status: str
    fingerprint: str
    content: Mapping[str, str] | None = None
    approved_by: str = ""
    invalidated_by: str = ""


@dataclass(frozen=True)
class PolicyOptions:
    """What a partner may set about policies."""

    hold_first_bank_account: bool = False
    near_days: int = 21


class PolicyFacts(TypedDict, total=False):
    """Values by need. A key that is missing was not fetched, which is a fault of the caller and never "none found".

    `previous_bank_accounts` is None for a vendor that is new, () for a known one that had no account.
    `accounts` and `dimensions` are by code, `periods` those of the record's legal entity.
    """

    vendor_candidates: Sequence[VendorCandidate]
    invoice_candidates: Sequence[InvoiceCandidate]
    previous_bank_accounts: Sequence[FinancialAccount] | None
    accounts: Mapping[str, Account]
    dimensions: Mapping[str, Dimension]
    combinations: Sequence[Combination]
    periods: Sequence[Period]
    approval: ApprovedInvoice | None
    released_pairs: Set[str]
    options: PolicyOptions
    payees: Set[str]
