"""What the actions of the interface take and give, beside records."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import UNSET, UnsetType

from sandbox.shapes.bill_parts import Coding, OrderMatch
from sandbox.shapes.parties import Company
from sandbox.shapes.scalars import Amount, Code, Part, Text


class Act(Part, kw_only=True):
    """Who does it."""

    acting_user_id: str


class Decide(Part, kw_only=True):
    """A decision; `onBehalfOfUserId` names the person who delegated."""

    acting_user_id: str
    on_behalf_of_user_id: str | None = None
    comment: Text | None = None


class Because(Part, kw_only=True):
    """Who does it, and why."""

    acting_user_id: str
    reason: Text | None = None


class LineCoding(Part, kw_only=True):
    """New codings or a new match of one line; what is left out stays, a match of null is taken away."""

    line_number: str
    codings: list[Coding] | UnsetType = UNSET
    match: OrderMatch | UnsetType | None = UNSET


class Codings(Part, kw_only=True):
    """Lines to code; other lines stay as they are."""

    lines: list[LineCoding]


class ErpReport(Part, kw_only=True):
    """What became of a bill in the ERP; `held` says why in `message`."""

    state: Literal["none", "held", "exported", "posted", "cancelled"]
    document_number: Code | None = None
    document_id: Code | None = None
    posting_date: date | None = None
    message: Text | None = None


class Me(Part, kw_only=True):
    """Who answers here."""

    service: str
    stand_in: bool
    companies: list[Company]


class KeyAndVersion(Part, kw_only=True):
    """A record's id with its version now."""

    id: str
    version: int


class DocumentRow(Part, kw_only=True):
    """One record in the document report. `amount` is unsigned, `side` is how it stands in payables."""

    id: str
    key: str
    company_id: str | None
    currency_code: str | None
    side: Literal["debit", "credit"]
    amount: Amount
    status: str | None
    day: date | None
    reference: str | None


class DocumentReport(Part, kw_only=True):
    """A page of the document report; `next` is what to send as `after`, "" at the end."""

    rows: list[DocumentRow]
    next: str


class Problem(Part, kw_only=True):
    """Why something was refused."""

    code: str
    message: str
    field: str | None


class Refusal(Part, kw_only=True):
    """The body of every refusal; `inboxItemId` names the rejected file where there is one."""

    error: Problem
    inbox_item_id: str | None = None
