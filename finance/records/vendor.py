"""Vendor: the party we buy from, and what each legal entity of the customer has agreed with it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from .base import UNSET, About, Amount, Flag, Key, Line, LongText, Many, Maybe, Record, Reference, Text
from .parts import Address, FinancialAccount, Party, TaxRegistration


class VendorEntity(Line, kw_only=True, frozen=True):
    """What one legal entity of the customer has agreed with the vendor."""

    identity: ClassVar[tuple[str, ...]] = ("id",)

    id: Annotated[Key, About("Code of the legal entity.")]
    entity: Annotated[Reference, About("The legal entity as a reference.")] = UNSET
    active: Annotated[Flag, About("False where this entity may no longer buy from the vendor.")] = UNSET
    payment_term: Annotated[Reference, About("When this entity pays the vendor.")] = UNSET
    currency_code: Annotated[Text, About("Currency this entity orders in (ISO 4217).")] = UNSET
    payable_account: Annotated[Reference, About("Control account of this entity for the vendor.")] = UNSET
    payment_means_code: Annotated[Text, About("How this entity pays (UNCL 4461).", "BT-81")] = UNSET
    financial_account_id: Annotated[Text, About("Which of the bank accounts this entity pays to.", sensitive=True)] = (
        UNSET
    )
    hold: Annotated[
        Maybe[Literal["none", "payment", "all"]],
        About("payment: invoices post but are not paid. all: nothing moves."),
    ] = UNSET
    hold_reason: Annotated[Text, About("Why the vendor is held.")] = UNSET
    credit_limit: Annotated[Amount, About("Limit agreed with the vendor, in the entity's currency.")] = UNSET


class Vendor(Record, kw_only=True, frozen=True):
    """A vendor. Its key is `vendor_number`, given by the system of record; a seller's own claim never is."""

    OBJECT: ClassVar[str] = "vendor"

    vendor_number: Annotated[Text, About("Number the system of record gave the vendor.", required=True)] = UNSET
    legal_name: Annotated[Text, About("Registered name.", "BT-27", required=True)] = UNSET
    trading_name: Annotated[Text, About("Name it trades under.", "BT-28")] = UNSET
    party_type: Annotated[
        Maybe[Literal["organisation", "person"]],
        About("A person's data is handled with more care."),
    ] = UNSET
    company_id: Annotated[Text, About("Number in the company register.", "BT-30")] = UNSET
    active: Annotated[Flag, About("False where the vendor is no longer used.")] = UNSET
    one_time: Annotated[Flag, About("True for a collective vendor of one-time suppliers.")] = UNSET
    tax_registrations: Annotated[Many[TaxRegistration], About("Tax numbers by type.")] = UNSET
    addresses: Annotated[Many[Address], About("Legal, ordering and remit-to addresses.")] = UNSET
    financial_accounts: Annotated[Many[FinancialAccount], About("Bank accounts to pay to.", sensitive=True)] = UNSET
    payee: Annotated[Maybe[Party], About("Who is paid, where it is not the vendor.", "BG-10", sensitive=True)] = UNSET
    entities: Annotated[Many[VendorEntity], About("Terms, accounts and holds per legal entity.")] = UNSET
    currency_code: Annotated[Text, About("Usual currency (ISO 4217).")] = UNSET
    payment_term: Annotated[Reference, About("Usual payment term.")] = UNSET
    contact_name: Annotated[Text, About("Contact person.", "BT-41")] = UNSET
    telephone: Annotated[Text, About("Telephone.", "BT-42")] = UNSET
    email: Annotated[Text, About("E-mail.", "BT-43")] = UNSET
    remittance_email: Annotated[Text, About("Where remittance advice is sent.", sensitive=True)] = UNSET
    website: Annotated[Text, About("Website.")] = UNSET
    language_code: Annotated[Text, About("Language to write to the vendor in (ISO 639-1).")] = UNSET
    endpoint_id: Annotated[Text, About("Electronic address for e-invoices.", "BT-34")] = UNSET
    w9_status: Annotated[
        Maybe[Literal["not_required", "missing", "requested", "on_file", "expired"]],
        About("Whether the vendor's W-9 is on file (United States).", label="W-9 status"),
    ] = UNSET
    form_1099_box: Annotated[Text, About("Box of form 1099 its payments are reported in.", label="1099 box")] = UNSET
    parent: Annotated[Reference, About("The vendor this one belongs to.")] = UNSET
    replaced_by: Annotated[Reference, About("The vendor that took this one's place after a merge.")] = UNSET
    note: Annotated[LongText, About("Internal note.")] = UNSET
