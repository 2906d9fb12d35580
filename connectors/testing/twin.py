"""Connectors to the system in memory, one as an ERP and one as an AP service: real subclasses, no HTTP.

The setting `system` names a `TwinSystem`; a test sets up and inspects that system directly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeVar, cast

from connectors.auth import ApiKeyHeader
from connectors.base import (
    Check,
    Company,
    Connector,
    Event,
    FileContent,
    Json,
    KeyPage,
    LedgerLine,
    Limit,
    ObjectSpec,
    Page,
    RawRecord,
    Reference,
    Setting,
    Step,
    Totals,
    Written,
    register,
)
from connectors.errors import AuthenticationFailed
from connectors.testing.twin_steps import PROOFS, STEPS, line, raw, written
from connectors.testing.twin_system import Row, TwinSystem
from connectors.webhooks import verified

T = TypeVar("T")
CREATE = Step("create")
PUT = Step("put", absolute=True)  # keyed by our reference
UPDATE = Step("update", absolute=True)
RETIRE = Step("retire", absolute=True)
VALIDATE = Step("validate", absolute=True, totals=True)
POST = Step("post", absolute=True)
ACKNOWLEDGE = Step("acknowledge", absolute=True, side="source")
REFERENCE = Reference("reference", max_length=36)
MONEY = {"amount_path": "amount", "currency_path": "currency"}


def _spec(name: str, label: str, **more: Any) -> ObjectSpec:
    return ObjectSpec(name, label, incremental=True, **more)


def _master(name: str, label: str, **more: Any) -> ObjectSpec:
    """A record that is created, updated and retired."""
    steps = {"creates": (CREATE,), "updates": (UPDATE,), "retires": (RETIRE,)}
    return _spec(name, label, reference=REFERENCE, **{**steps, **more})


def _table(*specs: ObjectSpec) -> Mapping[str, ObjectSpec]:
    return {spec.name: spec for spec in specs}


class _Twin(Connector):
    settings = (
        Setting("system", "System", help="Name of the system in memory."),
        Setting("key", "Key", kind="secret", default="twin-key"),
    )
    limit = Limit(rate_per_second=10_000, burst=10_000)
    settle_seconds = 0.0
    base_url_setting = ""

    @classmethod
    def auth(cls, settings: Mapping[str, str]) -> ApiKeyHeader:
        return ApiKeyHeader("X-Key", settings["key"])

    @classmethod
    def limit_key(cls, settings: Mapping[str, str]) -> str:
        return f"{cls.key}:{settings['system']}"

    @property
    def system(self) -> TwinSystem:
        """The system this connection leads to."""
        return TwinSystem.named(self.values["system"])

    def _call(self, operation: str, obj: str, apply: Callable[[], T], **more: Any) -> T:
        if self.values["key"] != self.system.key:
            raise AuthenticationFailed("The twin does not accept the key.", status=401)
        return cast(T, self.system.call(operation, obj, apply, **more))

    # ------------------------------------------------------------------------------------------------ reading
    def check(self) -> Check:
        self._call("check", "", lambda: None)
        return Check(True, f"{self.label} answers and accepts the key.")

    def companies(self) -> Sequence[Company]:
        def listed() -> list[Company]:
            return [Company(code, name, "USD") for code, name in self.system.companies.items()]

        return self._call("companies", "", listed)

    def read(self, obj: str, *, company: str, cursor: Json | None, limit: int) -> Page:
        def page() -> Page:
            rows = self.system.rows(obj, company)
            if cursor:
                since = (datetime.fromisoformat(cursor["modified"]), cursor["id"])
                rows = [row for row in rows if (row.modified_at, row.id) >= since]
            taken = rows[: limit + 1] if cursor else rows[:limit]  # with a cursor its own record comes again
            if not taken:
                return Page([], cursor, more=False)
            end = {"modified": taken[-1].modified_at.isoformat(), "id": taken[-1].id}
            return Page([raw(row) for row in taken], end, more=len(rows) > len(taken))

        return self._call("read", obj, page, bend=lambda page: replace(page, cursor=cursor, more=True))

    def fetch(self, obj: str, external_id: str, *, company: str) -> RawRecord | None:
        def found() -> RawRecord | None:
            row = self.system.table(obj).get(external_id)
            return raw(row) if row and row.company == company else None

        return self._call("fetch", obj, found)

    def keys(self, obj: str, *, company: str, cursor: Json | None, limit: int) -> KeyPage:
        def page() -> KeyPage:
            rows = sorted(self.system.rows(obj, company), key=lambda row: row.id)
            left = [row for row in rows if not cursor or row.id > cursor["id"]]
            taken = left[:limit]
            end = {"id": taken[-1].id} if taken else cursor
            return KeyPage([(row.id, str(row.version)) for row in taken], end, more=len(left) > len(taken))

        return self._call("keys", obj, page, bend=lambda page: replace(page, cursor=cursor, more=True))

    def search(self, obj: str, reference: str, *, company: str) -> Sequence[RawRecord]:
        def found() -> list[RawRecord]:
            return [raw(row) for row in self.system.rows(obj, company) if row.reference == reference]

        return self._call("search", obj, found)

    def documents(self, obj: str, external_id: str, *, company: str) -> Sequence[FileContent]:
        def files() -> list[FileContent]:
            return [FileContent(*file) for file in self.system.table(obj)[external_id].files]

        return self._call("documents", obj, files)

    # ------------------------------------------------------------------------------------------------ writing
    def perform(
        self, obj: str, step: Step, *, company: str, body: Json, reference: str, external_id: str = ""
    ) -> Written:
        def apply() -> Written:
            row = STEPS[step.name](self.system, obj, company, body, reference, external_id)
            self.system.written(step.name, obj, row, reference)
            return written(row)

        return self._call("perform", obj, apply, step=step.name, writes=True, bend=self._cent_off(obj))

    def _cent_off(self, obj: str) -> Callable[[Written], Written]:
        def bend(result: Written) -> Written:
            row = self.system.table(obj)[result.external_id]
            row.body["amount"] = Decimal(str(row.body.get("amount", 0))) + Decimal("0.01")
            return written(row)

        return bend

    def proved(self, obj: str, step: Step, *, company: str, body: Json, external_id: str) -> Written | None:
        def found() -> Written | None:
            row = self.system.table(obj).get(external_id)
            return written(row) if row and PROOFS[step.name](row, body) else None

        return self._call("proved", obj, found, step=step.name)

    def totals(self, obj: str, body: Json) -> Totals | None:
        if obj != "invoice" or "amount" not in body:
            return None
        payable, tax = Decimal(str(body["amount"])), Decimal(str(body.get("tax", 0)))
        return Totals(body["currency"], payable - tax, tax, payable)

    # ------------------------------------------------------------------------------------- books and blocks
    def ledger(self, obj: str, *, company: str, as_of: date) -> Iterator[LedgerLine]:
        if obj not in ("invoice", "payment"):
            raise NotImplementedError(f"{self.key} has no ledger view of {obj}")
        rows = self._call("ledger", obj, lambda: self.system.rows(obj, company))
        return (line(obj, row) for row in rows if str(row.body.get("date", "")) <= as_of.isoformat())

    def _items(self, vendor: str, company: str) -> list[Row]:
        rows = self.system.rows("invoice", company)
        return [row for row in rows if row.body["vendor"] == vendor and not row.body.get("paid")]

    def block_payment(self, external_vendor_id: str, *, company: str, reason: str) -> Sequence[LedgerLine]:
        return self._set_block(external_vendor_id, company, reason)

    def release_payment(self, external_vendor_id: str, *, company: str) -> Sequence[LedgerLine]:
        return self._set_block(external_vendor_id, company, "")

    def _set_block(self, vendor: str, company: str, reason: str) -> list[LedgerLine]:
        def apply() -> list[LedgerLine]:
            items = self._items(vendor, company)
            for row in items:
                self.system.put("invoice", {"blocked": reason}, company=company, external_id=row.id)
            return [line("invoice", row) for row in items]

        return self._call("block", "invoice", apply, writes=True)

    def webhook_events(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Sequence[Event]:
        delivery, payload = verified(headers, body, secrets)
        return [Event(delivery, payload["object"], payload["id"], datetime.now(UTC))]


# ------------------------------------------------------------------------------------------------ the two roles
@register
class TwinErp(_Twin):
    """Owns vendors, structure and orders; receives invoices in three steps; pays."""

    key = "twin_erp"
    label = "Twin ERP"
    role = "erp"
    can_block_payment = True
    objects: ClassVar[Mapping[str, ObjectSpec]] = _table(
        _master("vendor", "Vendors", sensitive=("bank.iban",)),
        _spec("account", "Accounts"),
        _spec("dimension", "Dimensions"),
        _spec("tax_code", "Tax codes"),
        _spec("payment_term", "Payment terms"),
        _spec("purchase_order", "Orders", **MONEY),
        _spec("receipt", "Receipts"),
        _spec("invoice", "Invoices", reference=REFERENCE, creates=(CREATE, VALIDATE, POST), **MONEY),
        _spec("approval", "Approvals", reference=REFERENCE, creates=(PUT,)),
        _spec("payment", "Payments", **MONEY),
        _spec("document", "Documents", reference=REFERENCE, creates=(CREATE,)),
    )


@register
class TwinAp(_Twin):
    """Captures and approves invoices; is told about everything else."""

    key = "twin_ap"
    label = "Twin AP"
    role = "ap"
    objects: ClassVar[Mapping[str, ObjectSpec]] = _table(
        _master("vendor", "Vendors", sensitive=("bank.iban",)),
        _master("account", "Accounts", creates=(PUT,)),
        _master("dimension", "Dimensions", creates=(PUT,)),
        _master("tax_code", "Tax codes", creates=(PUT,)),
        _master("payment_term", "Payment terms", creates=(PUT,)),
        _master("purchase_order", "Orders", **MONEY),
        _master("receipt", "Receipts"),
        _spec("invoice", "Invoices", updates=(ACKNOWLEDGE,), **MONEY),
        _spec("approval", "Approvals"),
        _master("payment", "Payments", **MONEY),
        _spec("document", "Documents"),
    )
