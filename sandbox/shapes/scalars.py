"""The scalars of the interface and the envelope every record shares."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Amount = Annotated[str, Meta(pattern=r"^-?\d{1,15}(\.\d{1,6})?$", description="decimal as text, e.g. 120.00")]
Quantity = Annotated[str, Meta(pattern=r"^-?\d{1,15}(\.\d{1,10})?$", description="decimal as text")]
Percent = Annotated[str, Meta(pattern=r"^-?\d{1,3}(\.\d{1,8})?$", description="percent as text, e.g. 7.5")]
CurrencyCode = Annotated[str, Meta(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
CountryCode = Annotated[str, Meta(pattern=r"^[A-Z]{2}$", description="ISO 3166-1")]
Stamp = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", description="UTC instant")]
Name = Annotated[str, Meta(min_length=1, max_length=300)]
Code = Annotated[str, Meta(min_length=1, max_length=60)]
Text = Annotated[str, Meta(max_length=2000)]
Key = Annotated[str, Meta(max_length=80, description="your own id of this part, kept and given back")]


class Part(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """A piece of a record; fields it does not know are refused."""


class Record(Part, kw_only=True):
    """The envelope: `id`, the stamps and `version` are set by the service."""

    id: str = ""
    company_id: str | None = None
    external_reference: Annotated[str, Meta(max_length=80)] | None = None
    version: int = 0
    created_at: Stamp = ""
    updated_at: Stamp = ""
