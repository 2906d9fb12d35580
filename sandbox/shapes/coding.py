"""The reference data a bill is coded with."""

from __future__ import annotations

from datetime import date
from typing import Literal

from sandbox.shapes.parties import ActiveStatus
from sandbox.shapes.scalars import Code, CountryCode, Key, Name, Part, Percent, Record

AccountType = Literal["expense", "asset", "liability", "equity", "revenue", "payable", "tax", "other"]
TaxCategory = Literal["S", "Z", "E", "AE", "K", "G", "O", "L", "M"]


class LedgerAccount(Record, kw_only=True):
    """An account of one company's chart. `requiredDimensions` names the dimension codes a coding must carry."""

    code: Code
    name: Name
    account_type: AccountType = "expense"
    postable: bool = True
    required_dimensions: list[Code] = []
    valid_from: date | None = None
    valid_to: date | None = None
    status: ActiveStatus = "active"


class DimensionValue(Part, kw_only=True):
    """One value of a dimension, e.g. a cost centre."""

    key: Key | None = None
    code: Code
    name: Name
    parent_code: Code | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    status: ActiveStatus = "active"


class Dimension(Record, kw_only=True):
    """An analytic dimension of one company with all its values."""

    code: Code
    name: Name
    required: bool = False
    values: list[DimensionValue] = []
    status: ActiveStatus = "active"


class TaxCode(Record, kw_only=True):
    """A purchase tax code. `category` is the UN/ECE 5305 letter used on e-invoices."""

    code: Code
    name: Name
    rate_percent: Percent
    category: TaxCategory = "S"
    country_code: CountryCode | None = None
    recoverable_percent: Percent = "100"
    self_assessed: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    status: ActiveStatus = "active"
