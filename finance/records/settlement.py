"""What happens to an invoice afterwards: its approval trail, its payments, and the files that belong to it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from .base import (
    UNSET,
    About,
    Amount,
    Day,
    Flag,
    Instant,
    Key,
    Line,
    LongText,
    Many,
    Maybe,
    Number,
    Record,
    Reference,
    Text,
    WholeNumber,
)


class ApprovalStep(Line, kw_only=True, frozen=True):
    """One decision: who, for whom, within which limit, about exactly what (`fingerprint`)."""

    id: Annotated[Key, About("Id of the step in its system.")]
    step: Annotated[WholeNumber, About("Place in the order of approval, from 1.")] = UNSET
    role: Annotated[Text, About("The part the person had to play.")] = UNSET
    actor: Annotated[Text, About("Who decided.", required=True)] = UNSET
    actor_id: Annotated[Text, About("Who decided, as its system knows the person.")] = UNSET
    on_behalf_of: Annotated[Text, About("For whom, where somebody stood in.")] = UNSET
    delegation: Annotated[Text, About("What allowed the stand-in: the delegation and its dates.")] = UNSET
    limit_amount: Annotated[Amount, About("Up to how much the person may approve.")] = UNSET
    limit_currency_code: Annotated[Text, About("Currency of the limit.")] = UNSET
    decision: Annotated[
        Maybe[Literal["approved", "rejected", "returned", "delegated", "pending"]],
        About("What was decided.", required=True),
    ] = UNSET
    comment: Annotated[LongText, About("What the person wrote.")] = UNSET
    at: Annotated[Instant, About("When it was decided.", label="Decided at", required=True)] = UNSET
    fingerprint: Annotated[Text, About("Digest of what the person saw.")] = UNSET
    invalidated_by: Annotated[Text, About("What made the decision void, where something did.")] = UNSET


class Approval(Record, kw_only=True, frozen=True):
    """The approval trail of one document."""

    OBJECT: ClassVar[str] = "approval"

    document: Annotated[Reference, About("What was approved.", required=True)] = UNSET
    document_number: Annotated[Text, About("Its number.")] = UNSET
    entity: Annotated[Reference, About("Legal entity it belongs to.")] = UNSET
    vendor: Annotated[Reference, About("Vendor of the document.")] = UNSET
    status: Annotated[
        Maybe[Literal["pending", "approved", "rejected", "withdrawn", "invalidated"]],
        About("The outcome.", required=True),
    ] = UNSET
    currency_code: Annotated[Text, About("Currency of the amount.")] = UNSET
    payable_amount: Annotated[Amount, About("Amount that was approved.", "BT-115")] = UNSET
    fingerprint: Annotated[Text, About("Digest of what was approved in the end.")] = UNSET
    requested_at: Annotated[Instant, About("When approval was asked for.")] = UNSET
    completed_at: Annotated[Instant, About("When the last step was decided.")] = UNSET
    invalidated_by: Annotated[Text, About("What made the approval void, where something did.")] = UNSET
    steps: Annotated[Many[ApprovalStep], About("The decisions.", required=True)] = UNSET


class PaymentAllocation(Line, kw_only=True, frozen=True):
    """What a payment settled of one document; a netted credit has a negative paid amount."""

    id: Annotated[Key, About("Id of the allocation in its system.")]
    invoice: Annotated[Reference, About("The document settled.", required=True)] = UNSET
    invoice_number: Annotated[Text, About("The supplier's number.", "BT-1")] = UNSET
    paid_amount: Annotated[Amount, About("Money that moved for it.", required=True)] = UNSET
    discount_amount: Annotated[Amount, About("Cash discount taken.")] = UNSET
    withheld_amount: Annotated[Amount, About("Tax withheld.")] = UNSET
    write_off_amount: Annotated[Amount, About("Written off.")] = UNSET
    fx_difference_amount: Annotated[
        Amount, About("Exchange difference, in functional currency.", label="FX difference")
    ] = UNSET
    remaining_amount: Annotated[Amount, About("Still open afterwards.")] = UNSET


class Payment(Record, kw_only=True, frozen=True):
    """A payment and what it settled. May be zero where credits net it out."""

    OBJECT: ClassVar[str] = "payment"

    payment_number: Annotated[Text, About("Payment number.", required=True)] = UNSET
    batch_number: Annotated[Text, About("Payment run.")] = UNSET
    status: Annotated[
        Maybe[Literal["draft", "issued", "cleared", "voided", "returned"]],
        About("Where it stands.", required=True),
    ] = UNSET
    vendor: Annotated[Reference, About("Who was paid.", required=True)] = UNSET
    entity: Annotated[Reference, About("Legal entity that paid.")] = UNSET
    payee_name: Annotated[Text, About("Name the money went to.", "BT-59", sensitive=True)] = UNSET
    payment_means_code: Annotated[Text, About("How (UNCL 4461).", "BT-81")] = UNSET
    currency_code: Annotated[Text, About("Currency of the amount (ISO 4217).", required=True)] = UNSET
    amount: Annotated[Amount, About("Money that moved.", required=True)] = UNSET
    exchange_rate: Annotated[Number, About("Units of the functional currency for one of the payment's.")] = UNSET
    functional_currency_code: Annotated[Text, About("The entity's own currency.")] = UNSET
    functional_amount: Annotated[Amount, About("Money that moved, in the entity's own currency.")] = UNSET
    issued_date: Annotated[Day, About("Day it was sent.", required=True)] = UNSET
    value_date: Annotated[Day, About("Day it counts.")] = UNSET
    cleared_date: Annotated[Day, About("Day the bank confirmed it.")] = UNSET
    voided_date: Annotated[Day, About("Day it was made void.")] = UNSET
    returned_date: Annotated[Day, About("Day it came back.")] = UNSET
    void_reason: Annotated[Text, About("Why it was made void or came back.")] = UNSET
    replaces: Annotated[Reference, About("The payment it replaces.")] = UNSET
    debtor_account: Annotated[Text, About("Own account the money left.", sensitive=True)] = UNSET
    creditor_account: Annotated[Text, About("Account the money went to.", "BT-84", sensitive=True)] = UNSET
    remittance_information: Annotated[Text, About("What the payment says.", "BT-83")] = UNSET
    allocations: Annotated[Many[PaymentAllocation], About("What it settled.", required=True)] = UNSET


class Document(Record, kw_only=True, frozen=True):
    """A file, named by the SHA-256 of its content."""

    OBJECT: ClassVar[str] = "document"

    sha256: Annotated[Text, About("SHA-256 of the content, in hex.", label="SHA-256", required=True)] = UNSET
    name: Annotated[Text, About("File name.", "BT-125", required=True)] = UNSET
    media_type: Annotated[Text, About("What kind of file it is.", required=True)] = UNSET
    size: Annotated[WholeNumber, About("Bytes.")] = UNSET
    kind: Annotated[
        Maybe[Literal["invoice", "e_invoice", "approval_trail", "receipt", "contract", "remittance", "other"]],
        About("What it is."),
    ] = UNSET
    description: Annotated[Text, About("What it is, in words.", "BT-123")] = UNSET
    belongs_to: Annotated[Reference, About("The record it belongs to.", required=True)] = UNSET
    received_at: Annotated[Instant, About("When it arrived.")] = UNSET
    original: Annotated[Flag, About("True for the file the supplier sent.")] = UNSET
