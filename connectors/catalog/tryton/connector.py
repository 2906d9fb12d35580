"""The connector for Tryton 8 over REST: what it declares, and the doors to the other rooms of this package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from connectors.auth import BearerToken
from connectors.base import (
    Check,
    Company,
    Connector,
    FileContent,
    Json,
    LedgerLine,
    Limit,
    ObjectSpec,
    Page,
    PostingPeriod,
    RawRecord,
    Reference,
    Role,
    Setting,
    Step,
    Totals,
    Written,
    register,
)
from connectors.catalog.tryton import attachments, blocks, contents, invoices, trails
from connectors.catalog.tryton.books import LEDGERS
from connectors.catalog.tryton.changes import changed, latest, since_cursor, version
from connectors.catalog.tryton.dialect import moment
from connectors.catalog.tryton.finish import finish
from connectors.catalog.tryton.rest import Rest
from connectors.catalog.tryton.shapes import PARTS, Part
from connectors.errors import ConnectorError, Retryable

Key = tuple[str, str]  # (model, id)

CREATE = Step("create", totals=True)
VALIDATE = Step("validate", absolute=True, totals=True)
POST = Step("post", absolute=True)
ATTACH = Step("attach", absolute=True, files=True)
NOTE = Step("note")


def _spec(name: str, label: str, **more: Any) -> ObjectSpec:
    return ObjectSpec(name, label, incremental=True, **more)


@register
class Tryton(Connector):
    """Tryton ERP, one database; `company` is the id of a company in it."""

    key: ClassVar[str] = "tryton"
    label: ClassVar[str] = "Tryton ERP"
    role: ClassVar[Role] = "erp"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("base_url", "Address", "url", help="Where the ERP answers, for example https://erp.example.com"),
        Setting("database", "Database", help="The name of the ERP's database."),
        Setting(
            "api_key", "User application key", "secret", help="A key of the application “REST”, made by the ERP user."
        ),
        Setting(
            "vendor_category",
            "Category of vendors",
            required=False,
            default="Supplier",
            help="Only parties of this category are vendors. Empty: every party is.",
        ),
    )
    objects: ClassVar[Mapping[str, ObjectSpec]] = {
        spec.name: spec
        for spec in (
            _spec("vendor", "Vendor", sensitive=("bank_accounts.numbers.number", "identifiers.code")),
            _spec("account", "Account"),
            _spec("dimension", "Dimension"),
            _spec("tax_code", "Tax code"),
            _spec("payment_term", "Payment term"),
            _spec("purchase_order", "Purchase order", amount_path="total_amount", currency_path="currency.code"),
            _spec("receipt", "Goods receipt"),
            _spec(
                "invoice",
                "Supplier invoice",
                creates=(CREATE, VALIDATE, POST, ATTACH),
                reference=Reference("description", max_length=40),
                amount_path="total_amount",
                currency_path="currency.code",
            ),
            _spec("payment", "Payment", amount_path="amount", currency_path="currency.code"),
            ObjectSpec(
                "approval",
                "Approval trail",
                readable=False,
                listable_keys=False,
                creates=(NOTE,),
                reference=Reference("message", max_length=40),
            ),
        )
    }
    limit: ClassVar[Limit] = Limit(rate_per_second=40, burst=40, concurrency=4)
    settle_seconds: ClassVar[float] = 10.0
    erp_drafts_invoices: ClassVar[bool] = True
    can_block_payment: ClassVar[bool] = True

    @classmethod
    def auth(cls, settings: Mapping[str, str]) -> BearerToken:
        return BearerToken(settings.get("api_key", ""))

    def rest(self, company: str = "") -> Rest:
        return Rest(self.client, self.values["database"], company)

    # --------------------------------------------------------------------------------------------- the connection
    def check(self) -> Check:
        try:
            companies = self.companies()
            missing = [self.objects[obj].label.lower() for obj, parts in PARTS.items() if not self._offers(parts)]
        except ConnectorError as fault:
            return Check(False, fault.sentence, fault.detail)
        if not companies:
            return Check(False, "The ERP's user sees no company. Add companies to the user and let it see all of them.")
        if missing:
            return Check(False, f"The ERP does not offer: {', '.join(missing)}. Have the modules activated there.")
        names = ", ".join(company.name for company in companies)
        return Check(True, f"The ERP answers and shows {len(companies)} companies: {names}.")

    def _offers(self, parts: tuple[Part, ...]) -> bool:
        """Whether the ERP knows these models and fields: it answers 500 to a question it does not understand."""
        try:
            for part in parts:
                self.rest().find(part.model, [["id", "<", 0]], part.fields, limit=1)
        except Retryable as fault:
            if fault.status == 500:
                return False
            raise
        return True

    def companies(self) -> Sequence[Company]:
        found = self.rest().find("company.company", [], ("party.name", "currency.code"))
        return [Company(one["id"], one["party"]["name"], one["currency"]["code"]) for one in found]

    # --------------------------------------------------------------------------------------------- reading
    def read(self, obj: str, *, company: str, cursor: Json | None, limit: int) -> Page:
        rest = self.rest(company)
        scoped = [(trace, self._scope(part, company)) for part in PARTS[obj] for trace in part.traces]
        page = changed(rest, scoped, cursor, limit)
        bodies = self._bodies(rest, obj, [key for key, _ in page.records])
        records = [_record(obj, key, bodies[key], time) for key, time in page.records if key in bodies]
        return Page([record for record in records if record is not None], page.cursor, page.more)

    def cursor_since(self, obj: str, since: datetime) -> Json | None:
        return since_cursor((trace for part in PARTS[obj] for trace in part.traces), since)

    def fetch(self, obj: str, external_id: str, *, company: str) -> RawRecord | None:
        if obj == "approval":
            return trails.fetch(self.rest(company), external_id)
        key = _key(obj, external_id)
        found = self._bodies(self.rest(company), obj, [key])
        return _record(obj, key, found[key], "") if key in found else None

    def search(self, obj: str, reference: str, *, company: str) -> Sequence[RawRecord]:
        find = {"invoice": invoices.find, "approval": trails.find}.get(obj)
        if find is None:
            return super().search(obj, reference, company=company)
        found = [self.fetch(obj, one, company=company) for one in find(self.rest(company), reference)]
        return [record for record in found if record is not None]

    def ledger(self, obj: str, *, company: str, as_of: date) -> Iterator[LedgerLine]:
        if obj not in LEDGERS:
            return super().ledger(obj, company=company, as_of=as_of)
        return LEDGERS[obj](self.rest(company), self.values, as_of)

    def documents(self, obj: str, external_id: str, *, company: str) -> Sequence[FileContent]:
        return attachments.files(self.rest(company), ",".join(_key(obj, external_id)))

    # --------------------------------------------------------------------------------------------- writing
    def perform(
        self, obj: str, step: Step, *, company: str, body: Json, reference: str, external_id: str = ""
    ) -> Written:
        rest = self.rest(company)
        match obj, step.name:
            case "invoice", "create":
                external_id = invoices.create(rest, body, reference)
            case "invoice", "validate":
                invoices.validate(rest, external_id, body, reference)
            case "invoice", "post":
                invoices.post(rest, external_id, body, reference)
            case "invoice", "attach":
                attachments.attach(rest, f"{contents.MODEL},{external_id}", body)
            case "approval", "note":
                external_id = trails.create(rest, body, reference)
            case _:
                return super().perform(
                    obj, step, company=company, body=body, reference=reference, external_id=external_id
                )
        return Written(external_id, self._now(obj, external_id, company))

    def proved(self, obj: str, step: Step, *, company: str, body: Json, external_id: str) -> Written | None:
        record = self.fetch(obj, external_id, company=company)
        if record is None:
            return None
        if step.name in invoices.REACHED and record.body["state"] not in invoices.REACHED[step.name]:
            return None
        if step.name == "attach" and not attachments.attached(
            self.rest(company), f"{contents.MODEL},{external_id}", body
        ):
            return None
        return Written(external_id, record.body)

    def periods(self, *, company: str) -> Sequence[PostingPeriod]:
        domain = [["fiscalyear.company", "=", int(company)], ["type", "=", "standard"]]
        found = self.rest(company).find("account.period", domain, ("name", "start_date", "end_date", "state"))
        return [_period(one) for one in found]

    def totals(self, obj: str, body: Json) -> Totals | None:
        return contents.totals(body) if obj == "invoice" else None

    def block_payment(self, external_vendor_id: str, *, company: str, reason: str) -> Sequence[LedgerLine]:
        return blocks.block(self.rest(company), external_vendor_id, reason)

    def release_payment(self, external_vendor_id: str, *, company: str) -> Sequence[LedgerLine]:
        return blocks.release(self.rest(company), external_vendor_id)

    # --------------------------------------------------------------------------------------------- helpers
    def _now(self, obj: str, external_id: str, company: str) -> Json:
        record = self.fetch(obj, external_id, company=company)
        return record.body if record else {}

    def _scope(self, part: Part, company: str) -> list[Any]:
        return part.scope(self.values, int(company))

    def _bodies(self, rest: Rest, obj: str, keys: Sequence[Key]) -> dict[Key, Json]:
        """The records as they are now; the gone and the out of scope are missing."""
        found: dict[Key, Json] = {}
        for part in PARTS[obj]:
            if ids := [one for model, one in keys if model == part.model]:
                bodies = rest.by_ids(part.model, ids, part.fields, self._scope(part, str(rest.company)))
                found |= {(part.model, one): body for one, body in bodies.items()}
        times = {key: latest(body) for key, body in found.items()}  # before sums take the place of rows
        finish(obj, rest, found)
        for key, body in found.items():
            body["last_modified_at"] = times[key]
        return found


def _period(one: Json) -> PostingPeriod:
    state: Literal["open", "closed"] = "open" if one["state"] == "open" else "closed"
    start, end = date.fromisoformat(one["start_date"]), date.fromisoformat(one["end_date"])
    return PostingPeriod(one["name"], start, end, state)


def _key(obj: str, external_id: str) -> Key:
    """Where an object has several models the id names the model: "stock.shipment.in,5"."""
    model, _, one = external_id.rpartition(",")
    return model or PARTS[obj][0].model, one


def _record(obj: str, key: Key, body: Json, time: str) -> RawRecord | None:
    """The record; None where a later change is still to come on a later page."""
    changed_at = latest(body)
    if time and changed_at > time:
        return None
    external_id = ",".join(key) if len(PARTS[obj]) > 1 else key[1]
    return RawRecord(external_id, body, version(body), moment(changed_at) if changed_at else None)
