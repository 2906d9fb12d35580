"""The connector for Tryton 8 over REST: reading, proving, and the doors of the other rooms of this package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from connectors.auth import BearerToken
from connectors.base import (
    Check,
    Company,
    Connector,
    Json,
    LedgerLine,
    Limit,
    ObjectSpec,
    Page,
    RawRecord,
    Role,
    Setting,
    register,
)
from connectors.catalog.tryton.books import LEDGERS
from connectors.catalog.tryton.changes import changed, latest, version
from connectors.catalog.tryton.dialect import moment
from connectors.catalog.tryton.rest import Rest
from connectors.catalog.tryton.shapes import SHAPES, Shape
from connectors.errors import ConnectorError


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
        "vendor": ObjectSpec("vendor", "Vendor", incremental=True, sensitive=("bank_accounts.numbers.number",)),
    }
    limit: ClassVar[Limit] = Limit(rate_per_second=40, burst=40, concurrency=4)
    settle_seconds: ClassVar[float] = 10.0

    @classmethod
    def auth(cls, settings: Mapping[str, str]) -> BearerToken:
        return BearerToken(settings.get("api_key", ""))

    def rest(self, company: str = "") -> Rest:
        return Rest(self.client, self.values["database"], company)

    def check(self) -> Check:
        try:
            companies = self.companies()
        except ConnectorError as fault:
            return Check(False, fault.sentence, fault.detail)
        if not companies:
            return Check(False, "The ERP's user sees no company. Add companies to the user and let it see all of them.")
        names = ", ".join(company.name for company in companies)
        return Check(True, f"The ERP answers and shows {len(companies)} companies: {names}.")

    def companies(self) -> Sequence[Company]:
        found = self.rest().find("company.company", [], ("party.name", "currency.code"))
        return [Company(one["id"], one["party"]["name"], one["currency"]["code"]) for one in found]

    def read(self, obj: str, *, company: str, cursor: Json | None, limit: int) -> Page:
        rest, shape = self.rest(company), SHAPES[obj]
        page = changed(rest, shape.traces, self._scope(shape, company), cursor, limit)
        bodies = self._bodies(rest, shape, [key for key, _ in page.records])
        records = [self._record(key, bodies[key], time) for key, time in page.records if key in bodies]
        return Page([record for record in records if record is not None], page.cursor, page.more)

    def fetch(self, obj: str, external_id: str, *, company: str) -> RawRecord | None:
        shape = SHAPES[obj]
        key = (shape.model, external_id)
        found = self._bodies(self.rest(company), shape, [key])
        return self._record(key, found[key], "") if key in found else None

    def ledger(self, obj: str, *, company: str, as_of: date) -> Iterator[LedgerLine]:
        return LEDGERS[obj](self.rest(company), self.values, company, as_of)

    def _scope(self, shape: Shape, company: str) -> list[Any]:
        return shape.scope(self.values, int(company))

    def _bodies(self, rest: Rest, shape: Shape, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Json]:
        """The records as they are now, by (model, id); the gone and the out of scope are missing."""
        scope = self._scope(shape, str(rest.company))
        found: dict[tuple[str, str], Json] = {}
        for model, fields in shape.fields.items():
            ids = [one for of, one in keys if of == model]
            if ids:
                found |= {(model, one): body for one, body in rest.by_ids(model, ids, fields, scope).items()}
        return found

    def _record(self, key: tuple[str, str], body: Json, time: str) -> RawRecord | None:
        """The record; None where a later change is still to come on a later page."""
        changed_at = latest(body)
        if time and changed_at > time:
            return None
        return RawRecord(key[1], body, version(body), moment(changed_at) if changed_at else None)
