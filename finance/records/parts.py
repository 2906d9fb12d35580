"""Parts that several records share: addresses, parties, bank accounts, allowances and charges, coding."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from .base import UNSET, About, Amount, Day, Flag, Instant, Key, Line, Many, Maybe, Number, Reference, Text


class PostalAddress(Line, kw_only=True, frozen=True):
    """A postal address (BG-5, BG-8, BG-15)."""

    identity: ClassVar[tuple[str, ...]] = ()

    name: Annotated[Text, About("Name written above the address where it differs.")] = UNSET
    street_name: Annotated[Text, About("Street and number.", "BT-35")] = UNSET
    additional_street_name: Annotated[Text, About("Second address line.", "BT-36")] = UNSET
    address_line: Annotated[Text, About("Third address line.", "BT-162")] = UNSET
    city_name: Annotated[Text, About("Town or city.", "BT-37")] = UNSET
    postal_zone: Annotated[Text, About("Postcode; together with the name it helps to match vendors.", "BT-38")] = UNSET
    country_subentity: Annotated[Text, About("State, province or region.", "BT-39")] = UNSET
    country_code: Annotated[Text, About("ISO 3166-1 alpha-2.", "BT-40")] = UNSET


class Address(PostalAddress, kw_only=True, frozen=True):
    """One of a vendor's addresses. `id` is stable in the source; where it has none, the kind serves."""

    identity: ClassVar[tuple[str, ...]] = ("id",)

    id: Annotated[Key, About("Says which address of the vendor this is, whatever its place in the list.")]
    kind: Annotated[
        Maybe[Literal["legal", "ordering", "remit_to", "ship_to", "other"]],
        About("What the address is used for; payments and remittance advice go to remit_to."),
    ] = UNSET


class TaxRegistration(Line, kw_only=True, frozen=True):
    """A tax number with its type (BT-31 where the scheme is VAT, BT-32 otherwise)."""

    identity: ClassVar[tuple[str, ...]] = ("scheme", "number")

    scheme: Annotated[
        Literal["vat", "ein", "ssn", "gst", "abn", "company", "local"],
        About("What kind of number it is; an EIN or SSN is a United States one."),
    ]
    number: Annotated[Key, About("As registered, with its country prefix where it has one.", "BT-31", sensitive=True)]
    country_code: Annotated[Text, About("ISO 3166-1 alpha-2 of the issuing country.")] = UNSET
    valid_from: Annotated[Day, About("First day the registration holds.")] = UNSET
    valid_to: Annotated[Day, About("Last day the registration holds.")] = UNSET


class FinancialAccount(Line, kw_only=True, frozen=True):
    """A bank account money may be paid to (BG-17). `id` is stable in the source, else the account number itself."""

    id: Annotated[Key, About("Says which account of the vendor this is.", sensitive=True)]
    account_holder: Annotated[Text, About("Name the bank knows the account by.", "BT-85", sensitive=True)] = UNSET
    iban: Annotated[Text, About("International account number.", "BT-84", label="IBAN", sensitive=True)] = UNSET
    account_number: Annotated[Text, About("Local account number where there is no IBAN.", "BT-84", sensitive=True)] = (
        UNSET
    )
    branch_code: Annotated[Text, About("Sort code, routing number or BSB.", sensitive=True)] = UNSET
    bic: Annotated[Text, About("Bank identifier.", "BT-86", label="BIC", sensitive=True)] = UNSET
    bank_name: Annotated[Text, About("Name of the bank.", sensitive=True)] = UNSET
    country_code: Annotated[Text, About("Country of the bank.", sensitive=True)] = UNSET
    currency_code: Annotated[Text, About("Currency the account is kept in.", sensitive=True)] = UNSET
    primary: Annotated[Flag, About("Payments go here unless an invoice says otherwise.", sensitive=True)] = UNSET
    valid_from: Annotated[Day, About("First day payments may go here.", sensitive=True)] = UNSET
    valid_to: Annotated[Day, About("Last day payments may go here.", sensitive=True)] = UNSET
    verification: Annotated[
        Maybe[Literal["unverified", "pending", "verified", "failed"]],
        About("Whether the owner of the account was confirmed.", sensitive=True),
    ] = UNSET
    verified_at: Annotated[Instant, About("When the owner was confirmed.", sensitive=True)] = UNSET


class Party(Line, kw_only=True, frozen=True):
    """A party as a document states it: a claim of the document's author, never the key of a vendor."""

    identity: ClassVar[tuple[str, ...]] = ()

    name: Annotated[Text, About("Registered name as printed on the document.", "BT-27")] = UNSET
    trading_name: Annotated[Text, About("Name it trades under.", "BT-28")] = UNSET
    identifier: Annotated[Text, About("Identifier the author claims; never used to find the vendor.", "BT-29")] = UNSET
    company_id: Annotated[Text, About("Number in the company register.", "BT-30")] = UNSET
    tax_number: Annotated[Text, About("VAT number as printed.", "BT-31", sensitive=True)] = UNSET
    local_tax_number: Annotated[Text, About("Local tax number as printed.", "BT-32", sensitive=True)] = UNSET
    endpoint_id: Annotated[Text, About("Electronic address; routes the document to an entity.", "BT-34")] = UNSET
    address: Annotated[Maybe[PostalAddress], About("Address as printed.", "BG-5")] = UNSET
    contact_name: Annotated[Text, About("Contact person.", "BT-41")] = UNSET
    telephone: Annotated[Text, About("Contact telephone.", "BT-42")] = UNSET
    email: Annotated[Text, About("Contact e-mail.", "BT-43")] = UNSET


class AllowanceCharge(Line, kw_only=True, frozen=True):
    """A reduction or an addition, of the document (BG-20, BG-21) or of one line (BG-27, BG-28)."""

    id: Annotated[Key, About("Says which allowance or charge this is.")]
    charge_indicator: Annotated[bool, About("True for a charge, false for an allowance.")]
    amount: Annotated[Amount, About("Unsigned, without tax.", "BT-92", required=True)] = UNSET
    base_amount: Annotated[Amount, About("What the percentage is taken of.", "BT-93")] = UNSET
    percent: Annotated[Number, About("Percentage of the base amount.", "BT-94")] = UNSET
    tax_category_code: Annotated[Text, About("Tax category (UNCL 5305).", "BT-95")] = UNSET
    tax_rate: Annotated[Number, About("Tax rate in percent.", "BT-96")] = UNSET
    reason: Annotated[Text, About("Why, in words.", "BT-97")] = UNSET
    reason_code: Annotated[Text, About("Why, as a code.", "BT-98")] = UNSET


class DimensionAssignment(Line, kw_only=True, frozen=True):
    """One dimension of a coding: the codes people read, and the reference the target's id is found by."""

    identity: ClassVar[tuple[str, ...]] = ("dimension_code",)

    dimension_code: Annotated[Key, About("Code of the dimension, for example DEPARTMENT.")]
    value_code: Annotated[Text, About("Code of the value, for example SALES.", required=True)] = UNSET
    value: Annotated[Reference, About("The dimension value as a reference.")] = UNSET


class CodingSplit(Line, kw_only=True, frozen=True):
    """A share of a line with its account and dimensions. The splits of a line sum to the line."""

    id: Annotated[Key, About("Says which split of the line this is.")]
    amount: Annotated[Amount, About("Share of the line without tax, signed as the line is.", required=True)] = UNSET
    percent: Annotated[Number, About("Share of the line in percent.")] = UNSET
    quantity: Annotated[Number, About("Share of the line's quantity.")] = UNSET
    account_code: Annotated[Text, About("General ledger account people read.", "BT-133", required=True)] = UNSET
    account: Annotated[Reference, About("The account as a reference.")] = UNSET
    dimensions: Annotated[Many[DimensionAssignment], About("Cost centre, project and the like.")] = UNSET
    tax_code: Annotated[Reference, About("The buyer's tax code of this share.")] = UNSET
    description: Annotated[Text, About("Text of the posting.")] = UNSET
