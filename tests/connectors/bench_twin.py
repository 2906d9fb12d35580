"""Benches for the system in memory, in both of its roles."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from standardwebhooks import Webhook

from connectors.base import Json
from connectors.testing.bench import Delivery, LedgerTotals, Refused
from connectors.testing.twin_system import REQUIRED, Row, TwinSystem

_names = itertools.count(1)


@dataclass
class TwinBench:
    """Looks into the tables directly."""

    system: TwinSystem
    settings: dict[str, str]
    wrong_credentials: dict[str, str] = field(default_factory=lambda: {"key": "wrong"})
    company: str = "1"

    def ids(self, obj: str) -> set[str]:
        return {row.id for row in self.system.table(obj).values() if row.company == self.company}

    def unknown_id(self, obj: str) -> str:
        return f"{obj}-999999"

    def touch(self, obj: str) -> str:
        first = min(self.ids(obj))
        return self.system.put(obj, {"note": f"touched {next(_names)}"}, external_id=first).id

    def create_body(self, obj: str) -> Json:
        n = next(_names)
        known = {"vendor": "vendor-000001", "order": "po-1", "invoice": "invoice-1", "currency": "USD"}
        body: Json = {name: known.get(name, f"{name} {n}") for name in REQUIRED[obj]}
        if "lines" in body:
            body["lines"] = [{"amount": Decimal("100.10")}, {"amount": Decimal(n)}]
        if obj in ("purchase_order", "payment", "invoice"):
            body |= {"amount": Decimal(n) + Decimal("100.10"), "date": "2026-03-01"}
        return body

    def update_body(self, obj: str, external_id: str) -> Json:
        return {"note": f"changed {next(_names)}"}

    def refused(self, obj: str) -> Refused | None:
        required = REQUIRED[obj][0]
        return Refused({**self.create_body(obj), required: ""}, required)

    def ledger(self, as_of: date) -> dict[str, LedgerTotals]:
        return {obj: _totals(obj, self.system.rows(obj, self.company)) for obj in ("invoice", "payment")}

    def blockable_vendor(self) -> str:
        return "vendor-000001"

    def document(self) -> tuple[str, str, bytes] | None:
        return "invoice", "invoice-1", b"%PDF-1.7 \x00\xff"

    def notification(self, *, secret: str, at: datetime) -> Delivery:
        body = orjson.dumps({"object": "invoice", "id": "invoice-1"})
        signature = Webhook(secret).sign("msg_1", at, body.decode())
        stamp = str(int(at.timestamp()))
        return Delivery({"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}, body)


def _totals(obj: str, rows: list[Row]) -> LedgerTotals:
    sums: defaultdict[Any, list[Decimal]] = defaultdict(list)
    for row in rows:
        owed = (obj == "invoice") == (row.body["amount"] > 0)
        sums[row.body["currency"], "credit" if owed else "debit"].append(abs(row.body["amount"]))
    return {key: (len(amounts), sum(amounts, Decimal())) for key, amounts in sums.items()}


@contextmanager
def twin_bench() -> Iterator[TwinBench]:
    """Seven records of everything, two of another company, one credit note."""
    system = TwinSystem.named("bench")
    bench = TwinBench(system, {"system": "bench", "key": system.key})
    system.put("vendor", {"name": "First"})
    system.put("purchase_order", bench.create_body("purchase_order"), external_id="po-1")
    system.put("invoice", bench.create_body("invoice"), external_id="invoice-1").files.append(
        ("invoice.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
    )
    for obj in REQUIRED:
        for n in range(7):
            system.tick *= n % 3 > 0  # some share one time
            system.put(obj, bench.create_body(obj))
            system.tick = type(system.tick)(seconds=1)
        system.put(obj, bench.create_body(obj), company="2")
    system.put("invoice", {**bench.create_body("invoice"), "amount": Decimal("-12.50")})
    yield bench
    TwinSystem.forget()
