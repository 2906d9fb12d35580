"""Companies (our own legal entities), the people who use the service, suppliers and payment terms."""

from __future__ import annotations

from datetime import date
from typing import Literal

from sandbox.shapes.scalars import Amount, Code, CountryCode, CurrencyCode, Key, Name, Part, Percent, Record, Text

ActiveStatus = Literal["active", "inactive"]


class Company(Record, kw_only=True):
    """A legal entity of the customer; bills are addressed to one by its tax id or name."""

    name: Name
    currency_code: CurrencyCode
    country_code: CountryCode | None = None
    tax_id: str | None = None
    status: ActiveStatus = "active"


class ApprovalLimit(Part, kw_only=True):
    """The largest bill a person may approve in one currency; no entry for a currency means none at all."""

    currency_code: CurrencyCode
    amount: Amount


class Delegation(Part, kw_only=True):
    """For these days another person may approve in this person's place and with this person's limit."""

    user_id: str
    first_day: date
    last_day: date


class User(Record, kw_only=True):
    """A person who works in the AP service."""

    name: Name
    email: str
    roles: list[Literal["clerk", "budgetOwner", "finance"]]
    unlimited: bool = False
    limits: list[ApprovalLimit] = []
    delegation: Delegation | None = None
    status: ActiveStatus = "active"


class TaxIdentifier(Part, kw_only=True):
    """One tax registration of a supplier."""

    type: Literal["vat", "ein", "ssn", "gst", "company", "other"]
    number: Code
    country_code: CountryCode | None = None


class Address(Part, kw_only=True):
    """A postal address and what it is used for. `key` is the client's own id of it, kept and given back."""

    key: Key | None = None
    purpose: Literal["legal", "ordering", "remitTo", "other"] = "ordering"
    line1: Text | None = None
    line2: Text | None = None
    city: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None
    country_code: CountryCode | None = None


class BankAccount(Part, kw_only=True):
    """Where a supplier is paid: an IBAN, or an account number with its routing number."""

    key: Key | None = None
    account_holder: Text | None = None
    iban: Text | None = None
    bic: Text | None = None
    account_number: Text | None = None
    routing_number: Text | None = None
    bank_name: Text | None = None
    currency_code: CurrencyCode | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    verified: bool = False
    primary: bool = False


class SupplierCompany(Part, kw_only=True):
    """What holds for a supplier in one company."""

    company_id: str
    payment_term_id: str | None = None
    currency_code: CurrencyCode | None = None
    payable_account_id: str | None = None
    payment_method: Literal["transfer", "check", "card", "directDebit", "other"] | None = None
    hold: Literal["none", "payment", "all"] = "none"
    hold_reason: Text | None = None


class Tax1099(Part, kw_only=True):
    """United States reporting."""

    w9_received: bool = False
    form1099_box: str | None = None


class Supplier(Record, kw_only=True):
    """A supplier, shared by all companies. A PATCH merges `companySettings` by company, other lists are replaced."""

    supplier_number: Code | None = None
    display_name: Name
    trade_name: Text | None = None
    payee_name: Text | None = None
    status: ActiveStatus = "active"
    email_address: Text | None = None
    phone_number: Text | None = None
    language_code: Code | None = None
    tax_identifiers: list[TaxIdentifier] = []
    addresses: list[Address] = []
    bank_accounts: list[BankAccount] = []
    company_settings: list[SupplierCompany] = []
    tax1099: Tax1099 | None = None
    parent_supplier_id: str | None = None
    replaced_by_supplier_id: str | None = None
    note: Text | None = None


class PaymentTerm(Record, kw_only=True):
    """Payment terms, shared by all companies or kept for one."""

    code: Code
    name: Name
    net_days: int = 0
    end_of_month: bool = False
    discount_days: int | None = None
    discount_percent: Percent | None = None
    status: ActiveStatus = "active"
