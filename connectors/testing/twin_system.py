"""A finance system in memory: tables, a clock of its own, an append-only log, and switches that make it fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal

from connectors.base import Json
from connectors.errors import (
    AuthenticationFailed,
    ConnectorError,
    ContractBroken,
    DataRejected,
    RateLimited,
    Retryable,
    Uncertain,
)

FaultKind = Literal[
    "drop_before",  # nothing happened, no answer
    "drop_after",  # it happened, no answer
    "error_after",  # it happened, the answer is an error 500
    "late",  # no answer, and it happens only at the next call
    "hidden",  # a search does not find what is there
    "rate_limited",
    "credentials",
    "rejected",
    "html",
    "repeat_page",
    "cent_off",  # the computed total is a cent more than the lines
]
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "vendor": ("name",),
    "account": ("code",),
    "dimension": ("code",),
    "tax_code": ("code",),
    "payment_term": ("code",),
    "purchase_order": ("number", "vendor", "currency"),
    "receipt": ("number", "order"),
    "invoice": ("number", "vendor", "currency", "lines"),
    "approval": ("invoice",),
    "payment": ("number", "vendor", "currency", "amount"),
    "document": ("name",),
}
PARENTS: Mapping[str, str] = {"vendor": "vendor", "order": "purchase_order", "invoice": "invoice"}


@dataclass
class Row:
    """One record as the system holds it."""

    id: str
    company: str
    body: Json
    modified_at: datetime
    version: int = 1
    reference: str = ""
    files: list[tuple[str, str, bytes]] = field(default_factory=list)  # (name, media type, content)


@dataclass(frozen=True)
class Applied:
    """One write that took effect."""

    operation: str
    obj: str
    external_id: str
    reference: str


@dataclass
class Fault:
    """Strikes the next `times` calls that match; an empty `operation`, `obj` or `step` matches all."""

    kind: FaultKind
    operation: str = ""
    obj: str = ""
    step: str = ""
    times: int = 1
    seconds: float = 1.0
    field: str = "name"

    def strikes(self, operation: str, obj: str, step: str) -> bool:
        """Whether this call is meant."""
        wanted, given = (self.operation, self.obj, self.step), (operation, obj, step)
        return self.times > 0 and all(w in ("", g) for w, g in zip(wanted, given, strict=True))


class TwinSystem:
    """Shared by every connection that names it; `log` is the truth of what was written."""

    _named: ClassVar[dict[str, TwinSystem]] = {}

    def __init__(self, key: str = "twin-key", companies: Mapping[str, str] | None = None) -> None:
        self.key = key
        self.companies = dict(companies or {"1": "Twin Inc."})
        self.log: list[Applied] = []
        self.faults: list[Fault] = []
        self.tick = timedelta(seconds=1)  # zero gives many records the same time
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.lock = threading.RLock()
        self._tables: dict[str, dict[str, Row]] = {}
        self._late: list[Callable[[], Any]] = []
        self._number = 0

    @classmethod
    def named(cls, name: str) -> TwinSystem:
        """The system of that name in this process, made on first use."""
        return cls._named.setdefault(name, cls())

    @classmethod
    def forget(cls) -> None:
        """Starts afresh: no system has a name."""
        cls._named.clear()

    # ----------------------------------------------------------------------------- records, by the back door
    def table(self, obj: str) -> dict[str, Row]:
        """Rows by id."""
        return self._tables.setdefault(obj, {})

    def rows(self, obj: str, company: str) -> list[Row]:
        """Rows of one company in (modified, id) order."""
        rows = (row for row in self.table(obj).values() if row.company == company)
        return sorted(rows, key=lambda row: (row.modified_at, row.id))

    def put(self, obj: str, body: Json, *, company: str = "1", external_id: str = "", reference: str = "") -> Row:
        """Makes a record, or replaces the named one's fields by those given."""
        with self.lock:
            self.now += self.tick
            row = self.table(obj).get(external_id)
            if row is None:
                self._number += 1
                row = Row(external_id or f"{obj}-{self._number:06}", company, {}, self.now, 0, reference)
                self.table(obj)[row.id] = row
            row.body = row.body | deepcopy(body)
            row.version, row.modified_at = row.version + 1, self.now
            return row

    def remove(self, obj: str, external_id: str) -> None:
        """Deletes without a trace, as systems do."""
        del self.table(obj)[external_id]

    # -------------------------------------------------------------------------------------- calls and faults
    def call(
        self,
        operation: str,
        obj: str,
        apply: Callable[[], Any],
        *,
        step: str = "",
        writes: bool = False,
        bend: Callable[[Any], Any] = lambda result: result,
    ) -> Any:
        """Does what the call asks for, or fails as the first matching fault says; `bend` falsifies the result."""
        with self.lock:
            while self._late:
                self._late.pop(0)()
            fault = next((f for f in self.faults if f.strikes(operation, obj, step)), None)
            if fault is None:
                return apply()
            fault.times -= 1
            return self._fail(fault, apply, writes, bend)

    def _fail(self, fault: Fault, apply: Callable[[], Any], writes: bool, bend: Callable[[Any], Any]) -> Any:
        lost = Uncertain if writes else Retryable
        match fault.kind:
            case "hidden":
                return []
            case "repeat_page" | "cent_off":
                return bend(apply())
            case "drop_after" | "error_after":
                apply()
                raise lost("The twin broke off its answer.", status=500 if fault.kind == "error_after" else None)
            case "late":
                self._late.append(apply)
                raise lost("The twin broke off its answer.")
            case "html":
                raise (Uncertain if writes else ContractBroken)("The twin answered with a web page.")
        raise _NOTHING_HAPPENED[fault.kind](fault, lost)

    def written(self, operation: str, obj: str, row: Row, reference: str) -> None:
        """Notes a write that took effect."""
        self.log.append(Applied(operation, obj, row.id, reference))

    def check(self, obj: str, company: str, body: Json) -> None:
        """Refuses a record without its required fields, or with a parent that is not there."""
        for name in REQUIRED[obj]:
            if body.get(name) in (None, "", []):
                raise DataRejected(f"The {obj} has no {name}.", field=name, status=400)
        for name, parent in PARENTS.items():
            if name in body and body[name] not in self.table(parent):
                raise DataRejected(f"The {obj} names a {parent} that does not exist.", field=name, status=400)
        if company not in self.companies:
            raise DataRejected(f"There is no company {company}.", field="company", status=400)

    def lines_total(self, body: Json) -> Decimal:
        """The sum of a document's lines as this system computes it."""
        return sum((Decimal(str(line["amount"])) for line in body.get("lines", ())), Decimal())

    def all_rows(self) -> Iterator[tuple[str, Row]]:
        """(object, row) of everything."""
        for obj, rows in self._tables.items():
            for row in rows.values():
                yield obj, row


_NOTHING_HAPPENED: Mapping[str, Callable[[Fault, type[ConnectorError]], ConnectorError]] = {
    "drop_before": lambda _, lost: lost("The twin did not answer."),
    "rate_limited": lambda fault, _: RateLimited("The twin asked to wait.", after_seconds=fault.seconds, status=429),
    "credentials": lambda *_: AuthenticationFailed("The twin does not accept the key.", status=401),
    "rejected": lambda fault, _: DataRejected(f"The twin refuses this {fault.field}.", field=fault.field, status=400),
}
