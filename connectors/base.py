"""The door every system comes in by: what a connector declares, what it can be asked, what it answers.

Plain Python: no Django, no database. One class per system in `connectors/catalog/`, one line per system in
`tests/connectors/`; the conformance suite in `connectors/testing/` picks its tests from what is declared here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal, Protocol

Json = dict[str, Any]
Role = Literal["erp", "ap"]
Operation = Literal["create", "update", "retire"]


# --------------------------------------------------------------------------------------------- what is declared
@dataclass(frozen=True)
class Setting:
    """One thing a person types when making a connection. `secret` ones are write-only."""

    name: str
    label: str
    kind: Literal["text", "url", "secret", "choice"] = "text"
    required: bool = True
    help: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One call of a write that the target may apply on its own.

    `absolute`: sending it twice leaves what sending it once left, so an unknown outcome may be proved by a read
    and then repeated. A step that is not absolute is searched for by our reference before it is sent again.
    `totals`: after this step the target's computed totals must be compared before going on.
    `files`: the step takes the files of the source record, as `files` [{name, content in base64}] in its body.
    `side`: "source" for a step that tells the source what became of its record (an acknowledgement).
    """

    name: str
    absolute: bool = False
    totals: bool = False
    files: bool = False
    side: Literal["target", "source"] = "target"


@dataclass(frozen=True)
class Reference:
    """Where our own reference is stored in the target, how long it may be, and whether it can be searched."""

    field: str
    max_length: int = 40
    searchable: bool = True


@dataclass(frozen=True)
class ObjectSpec:
    """What a system can do with one canonical object (`name` is a key of `finance.records.OBJECTS`)."""

    name: str
    label: str
    readable: bool = True
    incremental: bool = False  # `read` honours a cursor by modification time
    creates: tuple[Step, ...] = ()
    updates: tuple[Step, ...] = ()
    retires: tuple[Step, ...] = ()  # empty: cannot be deactivated, a person decides
    reference: Reference | None = None
    listable_keys: bool = True  # `keys` lists every id (the sweep that finds what the cursor missed)
    amount_path: str = ""  # dotted path of the record's amount in the raw body, "" where it carries none
    currency_path: str = ""
    sensitive: tuple[str, ...] = ()  # raw paths that must be masked when shown

    def steps(self, operation: Operation) -> tuple[Step, ...]:
        """The steps of one write, in order."""
        return {"create": self.creates, "update": self.updates, "retire": self.retires}[operation]


@dataclass(frozen=True)
class Limit:
    """Calls allowed to one vendor account; connections with the same key share one bucket."""

    rate_per_second: float
    burst: int
    concurrency: int = 8


# --------------------------------------------------------------------------------------------- what is exchanged
@dataclass(frozen=True)
class RawRecord:
    """One record exactly as the source holds it. `version` is opaque; `modified_at` is UTC or None."""

    external_id: str
    body: Json
    version: str = ""
    modified_at: datetime | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Page:
    """One page of a read. `cursor` holds only values the source returned and resumes after this page."""

    records: Sequence[RawRecord]
    cursor: Json | None
    more: bool


@dataclass(frozen=True)
class KeyPage:
    """One page of ids with the version each has now."""

    keys: Sequence[tuple[str, str]]
    cursor: Json | None
    more: bool


@dataclass(frozen=True)
class Written:
    """What came back from a step: the target's id and the record as the target now holds it."""

    external_id: str
    body: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Totals:
    """What the target computed for a document, to compare with what was approved. Amounts as on the document.

    `credit`: whether it lowers what is owed there; None where the signs of the amounts already say it.
    """

    currency: str
    tax_exclusive_amount: Decimal
    tax_amount: Decimal
    payable_amount: Decimal
    credit: bool | None = None


@dataclass(frozen=True)
class Company:
    """A legal entity as the system knows it."""

    external_id: str
    name: str
    currency: str = ""


@dataclass(frozen=True)
class LedgerLine:
    """One open or settled document as the system's own books show it, for the agreement.

    Read by code that shares nothing with the mappings. `stage` uses the system's own word, `key` is what both
    sides can be compared by (vendor number | document number), amounts are unsigned, `side` says debit or credit.
    `booked` is False for a document that is there but in no account: a draft, or one that was cancelled.
    """

    object: str
    external_id: str
    key: str
    company: str
    currency: str
    side: Literal["debit", "credit"]
    amount: Decimal
    stage: str = ""
    day: date | None = None
    reference: str = ""
    booked: bool = True


@dataclass(frozen=True)
class Event:
    """A verified notification: something about (object, external_id) changed. `event_id` is unique per delivery key."""

    event_id: str
    object: str
    external_id: str
    occurred_at: datetime | None = None


@dataclass(frozen=True)
class ApprovalState:
    """What a system says of the approval of one of its documents: which version was approved, which it is now."""

    status: str  # "approved", "pending", "rejected", …
    approved_version: str
    content_version: str
    approved_by: str = ""
    invalidated_by: str = ""


@dataclass(frozen=True)
class PostingPeriod:
    """A period of a company's books as payables see it."""

    name: str
    start: date
    end: date
    state: Literal["open", "soft_closed", "closed"]


@dataclass(frozen=True)
class Check:
    """The result of testing a connection, in a sentence a person can act on."""

    ok: bool
    sentence: str
    detail: str = ""


@dataclass(frozen=True)
class FileContent:
    """An original document (the invoice image or XML). `media_type` as declared, `content` capped by the client."""

    name: str
    media_type: str
    content: bytes


# --------------------------------------------------------------------------------------------- what it stands on
class Answer(Protocol):
    """An HTTP answer that was fully read within its caps."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def content(self) -> bytes: ...

    def json(self) -> Any:
        """The body, fractions as Decimal, whole numbers as int.

        Raises ContractBroken for HTML, damaged or truncated data and numbers out of bounds; where the answer accepts
        a write, Uncertain, for the write may stand.
        """


class Client(Protocol):
    """The one way out. Implemented by `connectors.http.HttpClient`; errors are those of `connectors.errors`.

    `writes=True` marks a request whose unknown outcome is Uncertain instead of Retryable.
    Answers with status ≥ 400 are returned, not raised, except 401/403 (AuthenticationFailed), 429 (RateLimited)
    and 5xx (Retryable for reads, Uncertain for writes).
    """

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        writes: bool = False,
    ) -> Answer: ...


# --------------------------------------------------------------------------------------------- the connector
class Connector(ABC):
    """One system. Knows the vendor, never our database. Every method may raise `connectors.errors`."""

    key: ClassVar[str]
    label: ClassVar[str]
    role: ClassVar[Role]
    settings: ClassVar[tuple[Setting, ...]]
    objects: ClassVar[Mapping[str, ObjectSpec]]
    limit: ClassVar[Limit]
    settle_seconds: ClassVar[float] = 5.0  # longest time after a send until an applied write is found by a search
    erp_drafts_invoices: ClassVar[bool] = False  # the system may make its own invoice draft for an order
    can_block_payment: ClassVar[bool] = False
    base_url_setting: ClassVar[str] = "base_url"

    def __init__(self, client: Client, settings: Mapping[str, str]) -> None:
        self.client = client
        self.values = dict(settings)

    @classmethod
    def auth(cls, settings: Mapping[str, str]) -> Any:
        """How requests are authenticated: one of the plain values of `connectors.auth`."""
        raise NotImplementedError  # pragma: no cover - every connector declares its own

    @classmethod
    def limit_key(cls, settings: Mapping[str, str]) -> str:
        """Names the vendor account whose limit is shared; by default the base URL."""
        return f"{cls.key}:{settings.get(cls.base_url_setting, '')}"

    @abstractmethod
    def check(self) -> Check:
        """Tests the connection end to end without writing."""

    @abstractmethod
    def companies(self) -> Sequence[Company]:
        """The legal entities this connection can see."""

    @abstractmethod
    def read(self, obj: str, *, company: str, cursor: Json | None, limit: int) -> Page:
        """One page in ascending (modified, id) order, `>=` the cursor, so a boundary record may be repeated."""

    def cursor_since(self, obj: str, since: datetime) -> Json | None:
        """A cursor from which `read` returns everything changed at or after `since`; None means from the beginning."""
        return None

    @abstractmethod
    def fetch(self, obj: str, external_id: str, *, company: str) -> RawRecord | None:
        """The record as it is now, or None where the system says it does not exist."""

    def keys(self, obj: str, *, company: str, cursor: Json | None, limit: int) -> KeyPage:
        """Every id with its version; the default walks `read` from the beginning."""
        page = self.read(obj, company=company, cursor=cursor, limit=limit)
        return KeyPage([(r.external_id, r.version) for r in page.records], page.cursor, page.more)

    def search(self, obj: str, reference: str, *, company: str) -> Sequence[RawRecord]:
        """Every record that carries our reference (see `ObjectSpec.reference`)."""
        raise NotImplementedError(f"{self.key} does not store our reference on {obj}")

    def perform(
        self, obj: str, step: Step, *, company: str, body: Json, reference: str, external_id: str = ""
    ) -> Written:
        """Carries out one step. `external_id` is empty only for the step that creates the record."""
        raise NotImplementedError(f"{self.key} does not write {obj}")

    def proved(self, obj: str, step: Step, *, company: str, body: Json, external_id: str) -> Written | None:
        """A read that shows whether the step has taken effect on `external_id`; None means it has not."""
        raise NotImplementedError(f"{self.key} does not write {obj}")

    def approval(self, obj: str, body: Json) -> ApprovalState | None:
        """What the body says of its own approval; None where this system approves nothing."""
        return None

    def periods(self, *, company: str) -> Sequence[PostingPeriod] | None:
        """The posting periods of a company; None where the system does not tell."""
        return None

    def totals(self, obj: str, body: Json) -> Totals | None:
        """The totals the system computed, taken from a record body it returned."""
        return None

    def ledger(self, obj: str, *, company: str, as_of: date) -> Iterator[LedgerLine]:
        """The system's own books for one object at a date, read independently of `read`."""
        raise NotImplementedError(f"{self.key} has no ledger view of {obj}")

    def documents(self, obj: str, external_id: str, *, company: str) -> Sequence[FileContent]:
        """The files that belong to a record."""
        return ()

    def block_payment(self, external_vendor_id: str, *, company: str, reason: str) -> Sequence[LedgerLine]:
        """Blocks payment of the vendor's open items at the payer and returns the items now blocked. Absolute."""
        raise NotImplementedError(f"payment cannot be blocked in {self.label}")

    def release_payment(self, external_vendor_id: str, *, company: str) -> Sequence[LedgerLine]:
        """Lifts what `block_payment` set. Absolute."""
        raise NotImplementedError(f"payment cannot be blocked in {self.label}")

    def webhook_events(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Sequence[Event]:
        """Verifies a notification against any of the secrets; raises DataRejected where it is forged or stale."""
        raise NotImplementedError(f"{self.key} sends no notifications")


_registry: dict[str, type[Connector]] = {}


def register(cls: type[Connector]) -> type[Connector]:
    """Class decorator: makes the connector known by its key."""
    if cls.key in _registry:
        raise ValueError(f"two connectors are called {cls.key}")
    _registry[cls.key] = cls
    return cls


def registered() -> Mapping[str, type[Connector]]:
    """Every registered connector by key (the catalogue must have been imported)."""
    return dict(_registry)
