"""Coding structure: accounts, dimensions, tax codes and payment terms, owned by the ERP."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from .base import (
    UNSET,
    About,
    Day,
    Flag,
    Key,
    Line,
    Many,
    Maybe,
    Number,
    Record,
    Ref,
    Reference,
    Text,
    WholeNumber,
)

Entities = Annotated[Many[Ref], About("Legal entities it may be used in; empty or absent means all.")]


class AllowedValues(Line, kw_only=True, frozen=True):
    """Which values of one dimension go with an account."""

    identity: ClassVar[tuple[str, ...]] = ("dimension_code",)

    dimension_code: Annotated[Key, About("Code of the dimension.")]
    value_codes: Annotated[tuple[str, ...], About("The only values that may be used; empty means none.")] = ()


class Account(Record, kw_only=True, frozen=True):
    """A general ledger account and what it asks of a coding."""

    OBJECT: ClassVar[str] = "account"

    code: Annotated[Text, About("Account number people read.", required=True)] = UNSET
    name: Annotated[Text, About("Name of the account.", required=True)] = UNSET
    account_type: Annotated[
        Maybe[Literal["asset", "liability", "equity", "revenue", "expense", "statistical"]],
        About("Kind of account."),
    ] = UNSET
    active: Annotated[Flag, About("False where the account is closed.")] = UNSET
    postable: Annotated[Flag, About("False for headings and control accounts.")] = UNSET
    control: Annotated[Flag, About("True for a control account, which only a subledger posts to.")] = UNSET
    valid_from: Annotated[Day, About("First posting date allowed.")] = UNSET
    valid_to: Annotated[Day, About("Last posting date allowed.")] = UNSET
    entities: Entities = UNSET
    parent: Annotated[Reference, About("The heading it stands under.")] = UNSET
    currency_code: Annotated[Text, About("Only this currency may be posted (ISO 4217).")] = UNSET
    default_tax_code: Annotated[Reference, About("Tax code proposed for it.")] = UNSET
    required_dimensions: Annotated[Many[str], About("Dimensions every posting on it must carry.")] = UNSET
    allowed_values: Annotated[Many[AllowedValues], About("Where stated, the only values that go with it.")] = UNSET


class DimensionValue(Line, kw_only=True, frozen=True):
    """One value of a dimension. `id` is the id its system gave it."""

    id: Annotated[Key, About("Id of the value in its system.")]
    code: Annotated[Text, About("Code people read.", required=True)] = UNSET
    name: Annotated[Text, About("Name of the value.")] = UNSET
    active: Annotated[Flag, About("False where the value is closed.")] = UNSET
    postable: Annotated[Flag, About("False for headings.")] = UNSET
    valid_from: Annotated[Day, About("First posting date allowed.")] = UNSET
    valid_to: Annotated[Day, About("Last posting date allowed.")] = UNSET
    parent_code: Annotated[Text, About("Code of the heading it stands under.")] = UNSET
    entities: Entities = UNSET


class Dimension(Record, kw_only=True, frozen=True):
    """A dimension (cost centre, project, department) with its values."""

    OBJECT: ClassVar[str] = "dimension"

    code: Annotated[Text, About("Code people read.", required=True)] = UNSET
    name: Annotated[Text, About("Name of the dimension.", required=True)] = UNSET
    active: Annotated[Flag, About("False where the dimension is no longer used.")] = UNSET
    required: Annotated[Flag, About("True where every coding must carry it.")] = UNSET
    entities: Entities = UNSET
    values: Annotated[Many[DimensionValue], About("Its values.")] = UNSET


class TaxCode(Record, kw_only=True, frozen=True):
    """A tax code of the buyer: rate, category and how much of it can be recovered."""

    OBJECT: ClassVar[str] = "tax_code"

    code: Annotated[Text, About("Code people read.", required=True)] = UNSET
    name: Annotated[Text, About("Name of the tax code.")] = UNSET
    rate: Annotated[Number, About("Rate in percent.", "BT-152", required=True)] = UNSET
    category_code: Annotated[Text, About("Tax category (UNCL 5305), AE for reverse charge.", "BT-151")] = UNSET
    tax_type: Annotated[
        Maybe[Literal["vat", "gst", "sales", "use", "withholding", "other"]],
        About("Kind of tax."),
    ] = UNSET
    direction: Annotated[Maybe[Literal["purchase", "sale", "both"]], About("Where it is used.")] = UNSET
    reverse_charge: Annotated[Flag, About("True where the buyer owes the tax.")] = UNSET
    recoverable_percent: Annotated[Number, About("Share that can be recovered, in percent.")] = UNSET
    exemption_reason_code: Annotated[Text, About("Why no tax is due, as a code.", "BT-121")] = UNSET
    country_code: Annotated[Text, About("Country whose tax it is (ISO 3166-1 alpha-2).")] = UNSET
    active: Annotated[Flag, About("False where the code is closed.")] = UNSET
    valid_from: Annotated[Day, About("First tax point allowed.")] = UNSET
    valid_to: Annotated[Day, About("Last tax point allowed.")] = UNSET
    entities: Entities = UNSET


class Instalment(Line, kw_only=True, frozen=True):
    """One part of a payment term with instalments."""

    id: Annotated[Key, About("Says which instalment this is.")]
    percent: Annotated[Number, About("Share due; the last takes what is left.")] = UNSET
    days: Annotated[WholeNumber, About("Days after the base date.")] = UNSET
    end_of_month: Annotated[Flag, About("True where it falls due at the end of that month.")] = UNSET


class PaymentTerm(Record, kw_only=True, frozen=True):
    """When an invoice is due and what paying early saves."""

    OBJECT: ClassVar[str] = "payment_term"

    code: Annotated[Text, About("Code people read.", required=True)] = UNSET
    name: Annotated[Text, About("Name of the term.")] = UNSET
    description: Annotated[Text, About("Text printed on documents.", "BT-20")] = UNSET
    net_days: Annotated[WholeNumber, About("Days until the whole amount is due.")] = UNSET
    end_of_month: Annotated[Flag, About("True where it falls due at the end of that month.")] = UNSET
    discount_percent: Annotated[Number, About("Cash discount in percent.")] = UNSET
    discount_days: Annotated[WholeNumber, About("Days the cash discount is open.")] = UNSET
    instalments: Annotated[Many[Instalment], About("Parts, where paid in several.")] = UNSET
    active: Annotated[Flag, About("False where the term is no longer used.")] = UNSET
    entities: Entities = UNSET
