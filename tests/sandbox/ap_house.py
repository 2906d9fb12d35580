"""A small customer in the stand-in: a supplier, coding data, an order; and the work on a bill, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.sandbox.sandbox_api import Api

DATA = Path(__file__).parents[1] / "data" / "einvoices"
INVOICE = (DATA / "ubl-invoice.xml").read_bytes()
CREDIT_NOTE = (DATA / "cii-credit-note.xml").read_bytes()
COMPANY = "co-2"
CLERK, OWNER, DEPUTY, DIRECTOR, FINANCE = "usr-clerk", "usr-owner", "usr-deputy", "usr-director", "usr-finance"


class House:
    """The company co-2 with everything a bill needs."""

    def __init__(self, api: Api) -> None:
        self.api = api
        tax = {"type": "vat", "number": "DE 123456789", "countryCode": "DE"}
        self.supplier = self.made(
            "/suppliers", displayName="Nordlicht Papier", supplierNumber="V-7", taxIdentifiers=[tax]
        )
        self.paper = self.made("/ledger-accounts", companyId=COMPANY, code="6815", name="Office supplies")
        self.freight = self.made(
            "/ledger-accounts", companyId=COMPANY, code="6740", name="Freight", requiredDimensions=["CC"]
        )
        values = [{"code": code, "name": code.title()} for code in ("SALES", "LAB")]
        self.made("/dimensions", companyId=COMPANY, code="CC", name="Cost centre", values=values)
        self.tax = self.made("/tax-codes", companyId=COMPANY, code="V19", name="Input 19 %", ratePercent="19")
        line = {"lineNumber": "10", "key": "erp-line-1", "quantity": "40", "unitPrice": "10.00", "amount": "400.00"}
        self.order = self.made(
            "/purchase-orders",
            companyId=COMPANY,
            orderNumber="PO-77",
            supplierId=self.supplier,
            currencyCode="EUR",
            orderDate="2026-02-01",
            totalAmount="476.00",
            lines=[{**line, "codings": [{"accountId": self.paper, "taxCodeId": self.tax}]}],
        )

    def made(self, path: str, **body: Any) -> str:
        return str(self.api.ok("POST", path, body)["id"])

    def upload(self, content: bytes = INVOICE, **query: str) -> Any:
        return self.api.ok("POST", "/inbox", content, **{"fileName": "invoice.xml", **query})

    def freight_split(self) -> list[dict[str, Any]]:
        shares = (("SALES", "33.33"), ("LAB", "66.67"))
        return [
            {
                "accountId": self.freight,
                "taxCodeId": self.tax,
                "percent": percent,
                "dimensions": [{"dimensionCode": "CC", "valueCode": value}],
            }
            for value, percent in shares
        ]

    def code(self, bill_id: str, line: str, codings: list[dict[str, Any]]) -> Any:
        return self.api.ok("PUT", f"/bills/{bill_id}/codings", {"lines": [{"lineNumber": line, "codings": codings}]})

    def coded(self, content: bytes = INVOICE) -> str:
        bill_id = str(self.upload(content)["id"])
        self.code(bill_id, "2", self.freight_split())
        return bill_id

    def act(self, bill_id: str, verb: str, who: str, **more: str) -> Any:
        return self.api.ok("POST", f"/bills/{bill_id}/{verb}", {"actingUserId": who, **more})

    def refused(self, bill_id: str, verb: str, who: str, **more: str) -> tuple[int, str]:
        status, message, _ = self.api.refused("POST", f"/bills/{bill_id}/{verb}", {"actingUserId": who, **more})
        return status, message

    def approved(self, content: bytes = INVOICE) -> str:
        bill_id = self.coded(content)
        self.act(bill_id, "submit", CLERK)
        self.act(bill_id, "approve", OWNER, comment="ordered by me")
        self.act(bill_id, "approve", FINANCE)
        return bill_id

    def bill(self, bill_id: str) -> Any:
        return self.api.ok("GET", f"/bills/{bill_id}")
