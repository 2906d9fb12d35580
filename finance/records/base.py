"""What every canonical record is made of: three-state fields, references, words that describe a field.

A field is absent (`UNSET`: the source says nothing), empty (None, "" or ()) or valued; absent never
overwrites. Field names follow UBL 2.1 and EN 16931 where these have one; the term is kept in `About`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

__all__ = [
    "UNSET",
    "About",
    "Amount",
    "Day",
    "Flag",
    "Instant",
    "Key",
    "Kind",
    "Line",
    "LongText",
    "Many",
    "Maybe",
    "Number",
    "Record",
    "RecordFault",
    "Ref",
    "RefObject",
    "Reference",
    "Text",
    "UnsetType",
    "WholeNumber",
]

RefObject: TypeAlias = Literal[
    "vendor",
    "account",
    "dimension",
    "dimension_value",
    "tax_code",
    "payment_term",
    "purchase_order",
    "order_line",
    "receipt",
    "receipt_line",
    "invoice",
    "invoice_line",
    "approval",
    "payment",
    "document",
    "entity",
    "user",
]


class RecordFault(ValueError):
    """A payload that is no valid record. `field` is a path like `lines[3].quantity`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message


@dataclass(frozen=True)
class Kind:
    """What a field holds, as an editor needs to know it."""

    name: Literal["text", "amount", "number", "whole", "date", "instant", "flag", "reference"]


@dataclass(frozen=True)
class About:
    """What a person reads about a field. `term`: EN 16931 business term; `required`: a complete record has it."""

    help: str = ""
    term: str = ""
    label: str = ""
    required: bool = False
    sensitive: bool = False


Key: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Text: TypeAlias = Annotated[Annotated[str, Meta(max_length=1_000)] | UnsetType | None, Kind("text")]
LongText: TypeAlias = Annotated[Annotated[str, Meta(max_length=50_000)] | UnsetType | None, Kind("text")]
Amount: TypeAlias = Annotated[Decimal | UnsetType | None, Kind("amount")]
Number: TypeAlias = Annotated[Decimal | UnsetType | None, Kind("number")]
WholeNumber: TypeAlias = Annotated[Annotated[int, Meta(ge=-(10**12), le=10**12)] | UnsetType | None, Kind("whole")]
Day: TypeAlias = Annotated[date | UnsetType | None, Kind("date")]
Instant: TypeAlias = Annotated[Annotated[datetime, Meta(tz=True)] | UnsetType | None, Kind("instant")]
Flag: TypeAlias = Annotated[bool | UnsetType | None, Kind("flag")]


class Line(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A part of a record. `identity` names the fields that say which part it is, wherever it stands."""

    identity: ClassVar[tuple[str, ...]] = ("id",)


class Record(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A canonical record. `SCHEMA_VERSION` counts the changes that need an upcaster."""

    OBJECT: ClassVar[str]
    SCHEMA_VERSION: ClassVar[int] = 1


class Ref(Line, kw_only=True, frozen=True):
    """Points at another record: by the id `system` gave it, by the key people use (`natural_key`), or both."""

    identity: ClassVar[tuple[str, ...]] = ("object", "system", "external_id", "natural_key")

    object: RefObject
    system: Annotated[str, Meta(max_length=100)] = ""
    external_id: Annotated[str, Meta(max_length=400)] = ""
    natural_key: Annotated[str, Meta(max_length=400)] = ""

    def __post_init__(self) -> None:
        if not self.external_id and not self.natural_key:
            raise ValueError("the reference names no record: give its external_id or its natural_key")


Reference: TypeAlias = Annotated[Ref | UnsetType | None, Kind("reference")]
Payload: TypeAlias = dict[str, Any]

T = TypeVar("T")
Maybe: TypeAlias = T | UnsetType | None
Many: TypeAlias = tuple[T, ...] | UnsetType | None
