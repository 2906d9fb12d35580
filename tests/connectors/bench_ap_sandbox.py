"""The bench for the stand-in AP service: a real process, looked into through its control plane."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import orjson
from standardwebhooks import Webhook

from connectors.base import Json
from connectors.testing.bench import Delivery, LedgerTotals, Refused
from sandbox.launch import Control, Running

COMPANY = "co-2"
UPLOADED = (Path(__file__).parents[1] / "data" / "einvoices" / "ubl-invoice.xml").read_bytes()
KINDS = {
    "vendor": "suppliers",
    "payment_term": "payment-terms",
    "account": "ledger-accounts",
    "dimension": "dimensions",
    "tax_code": "tax-codes",
    "purchase_order": "purchase-orders",
    "receipt": "goods-receipts",
    "invoice": "bills",
    "approval": "approvals",
    "payment": "payments",
}
_PREFIXES = {
    "vendor": "sup",
    "payment_term": "term",
    "account": "acc",
    "dimension": "dim",
    "tax_code": "tax",
    "purchase_order": "po",
    "receipt": "gr",
    "invoice": "bill",
    "approval": "apr",
    "payment": "pay",
}
_AMOUNTS = {
    "purchase_order": "totalAmount",
    "invoice": "payableAmount",
    "approval": "payableAmount",
    "payment": "amount",
}
_names = itertools.count(1)


@dataclass
class ApBench:
    """Everything is asked of the control plane's full state, never of the interface."""

    control: Control
    settings: Mapping[str, str]
    company: str = COMPANY
    wrong_credentials: Mapping[str, str] = field(default_factory=lambda: {"token": "wrong", "client_secret": "wrong"})
    seeded: dict[str, list[str]] = field(default_factory=dict)

    def ids(self, obj: str) -> set[str]:
        return {record["id"] for record in self.records(obj)}

    def records(self, obj: str) -> list[Json]:
        """What this company sees; of bills only those approved once."""
        found = self.control.state(KINDS[obj])[KINDS[obj]]
        mine = [record for record in found if record["companyId"] in (None, self.company)]
        return [record for record in mine if obj != "invoice" or record["firstApprovedAt"]]

    def unknown_id(self, obj: str) -> str:
        return f"{_PREFIXES[obj]}-999999"

    def touch(self, obj: str) -> str:
        (made,) = self.control.seed(**{KINDS[obj].replace("-", "_"): [self.seed_body(obj)]})[KINDS[obj]]
        return made

    def seed_body(self, obj: str) -> Json:
        """As `create_body`, and for what nobody creates over the interface."""
        if obj == "approval":
            return {
                "companyId": self.company,
                "billId": self.seeded["bills"][0],
                "billNumber": "B",
                "currencyCode": "EUR",
                "payableAmount": "119.00",
                "requestedByUserId": "usr-clerk",
                "requestedByName": "Carla Clerk",
                "contentVersion": 1,
                "requestedAt": "2026-03-01T00:00:00.000000Z",
                "contentDigest": "sha256:0",
            }
        body = self.create_body(obj)
        if obj == "vendor":
            return {**body, "companySettings": [{"companyId": self.company}]}
        return {"companyId": self.company, **body, **({"status": "approved"} if obj == "invoice" else {})}

    def create_body(self, obj: str) -> Json:
        n = next(_names)
        supplier = self.seeded["suppliers"][0]
        named = {"code": f"C{n}", "name": f"Name {n}"}
        bodies: dict[str, Json] = {
            "vendor": {
                "displayName": f"Vendor {n}",
                "supplierNumber": f"V{n}",
                "bankAccounts": [{"iban": "DE89370400440532013000", "primary": True}],
                "companySettings": [{"hold": "none"}],
            },
            "payment_term": {**named, "netDays": 30},
            "account": {**named, "accountType": "expense"},
            "dimension": {**named, "values": [{"code": "A", "name": "Value A"}]},
            "tax_code": {**named, "ratePercent": "19.00"},
            "purchase_order": {
                "orderNumber": f"PO-{n}",
                "supplierId": supplier,
                "currencyCode": "EUR",
                "orderDate": "2026-02-01",
                "totalAmount": f"{n}.10",
                "lines": [{"lineNumber": "1", "quantity": "1", "amount": f"{n}.10"}],
            },
            "receipt": {
                "receiptNumber": f"GR-{n}",
                "supplierId": supplier,
                "receiptDate": "2026-02-02",
                "lines": [{"lineNumber": "1", "quantity": "-1.5"}],
            },
            "payment": {
                "paymentNumber": f"P-{n}",
                "supplierId": supplier,
                "currencyCode": "EUR",
                "paymentDate": "2026-02-03",
                "amount": f"{n}.37",
                "allocations": [],
            },
            "invoice": {
                "billNumber": f"B-{n}",
                "supplierId": supplier,
                "currencyCode": "EUR",
                "issueDate": "2026-02-04",
                "netAmount": f"{n}.00",
                "taxAmount": "0.19",
                "grossAmount": f"{n}.19",
                "payableAmount": f"{n}.19",
                "lines": [{"lineNumber": "1", "netAmount": f"{n}.00"}],
            },
        }
        return bodies[obj]

    def update_body(self, obj: str, external_id: str) -> Json:
        n = next(_names)
        bodies: dict[str, Json] = {
            "vendor": {
                "displayName": f"Renamed {n}",
                "companySettings": [{"hold": "payment", "holdReason": f"why {n}"}],
            },
            "dimension": {"values": [{"code": f"V{n}", "name": "New"}, {"code": "B", "name": "Other"}]},
            "tax_code": {"ratePercent": f"{n % 50}.5"},
            "purchase_order": {"revision": n, "status": "closedForReceiving"},
            "receipt": {"note": f"counted again {n}"},
            "payment": {"status": "cleared", "remittanceText": f"run {n}"},
            "invoice": {"state": "posted", "documentNumber": f"2026/{n}", "postingDate": "2026-03-01"},
        }
        return bodies.get(obj, {"name": f"Renamed {n}"})

    def refused(self, obj: str) -> Refused | None:
        body = self.create_body(obj)
        if "supplierId" in body:
            return Refused({**body, "supplierId": "sup-999999"}, "supplierId")
        missing = "displayName" if obj == "vendor" else "code"
        return Refused({name: value for name, value in body.items() if name != missing}, missing)

    def ledger(self, as_of: date) -> dict[str, LedgerTotals]:
        return {obj: self._totals(obj) for obj in KINDS}

    def _totals(self, obj: str) -> LedgerTotals:
        sums: defaultdict[Any, list[Decimal]] = defaultdict(list)
        found = self.control.state(KINDS[obj])[KINDS[obj]]
        for record in found:
            if record["companyId"] in (None, self.company):
                owed = obj in ("purchase_order", "invoice", "approval")
                side = "credit" if owed != (record.get("documentType") == "creditNote") else "debit"
                currency = record.get("currencyCode") or ""
                sums[currency, side].append(Decimal(record[_AMOUNTS[obj]]) if obj in _AMOUNTS else Decimal(0))
        return {key: (len(amounts), sum(amounts, Decimal())) for key, amounts in sums.items()}

    def blockable_vendor(self) -> str:
        raise NotImplementedError("payment cannot be blocked here")

    def document(self) -> tuple[str, str, bytes] | None:
        return "invoice", self.seeded["uploaded"][0], UPLOADED

    def notification(self, *, secret: str, at: datetime) -> Delivery:
        bill = self.seeded["bills"][0]
        data = {"type": "bill.approved", "timestamp": at.isoformat(), "data": {"id": bill, "companyId": self.company}}
        body = orjson.dumps(data)
        signature = Webhook(secret).sign("evt_1", at, body.decode())
        stamp = str(int(at.timestamp()))
        return Delivery({"webhook-id": "evt_1", "webhook-timestamp": stamp, "webhook-signature": signature}, body)


def _seeds(bench: ApBench) -> dict[str, list[Json]]:
    """Seven of everything for the company, two of them changed at one time, and one of the other company."""
    same = "2026-01-01T00:00:00.000000Z"
    seeds: dict[str, list[Json]] = {}
    for obj, kind in KINDS.items():
        bodies = [bench.seed_body(obj) for _ in range(7)]
        for body in bodies[:2]:
            body["updatedAt"] = same
        if obj not in ("vendor", "payment_term"):
            bodies.append({**bench.seed_body(obj), "companyId": "co-1"})
        seeds[kind.replace("-", "_")] = bodies
    seeds["bills"][0] |= {"documentType": "creditNote", "typeCode": "381"}
    return seeds


def _uploaded(base_url: str) -> str:
    url = f"{base_url}/api/v1/inbox?companyId={COMPANY}&fileName=invoice.xml"
    request = Request(url, UPLOADED, {"Authorization": "Bearer stand-in-token"})
    with urlopen(request, timeout=30) as answer:
        return str(orjson.loads(answer.read())["id"])


@contextmanager
def ap_sandbox_bench(**settings: str) -> Iterator[ApBench]:
    """A stand-in in memory with seven of everything and one uploaded invoice."""
    with Running("--memory") as running:
        chosen = {"base_url": running.base_url, "sign_in": "token", "token": "stand-in-token", **settings}
        bench = ApBench(running.control, chosen)
        bench.seeded["suppliers"] = running.control.seed(suppliers=[{"displayName": "First"}])["suppliers"]
        bench.seeded["bills"] = running.control.seed(bills=[bench.seed_body("invoice")])["bills"]
        running.control.seed(**_seeds(bench))
        bench.seeded["uploaded"] = [_uploaded(running.base_url)]
        yield bench
