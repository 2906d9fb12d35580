"""The published description is true: every answer of every operation fits the schema it promises."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.sandbox.ap_house import CLERK, COMPANY, FINANCE, OWNER, House
from tests.sandbox.sandbox_api import Api


class Checked(Api):
    """An api client that holds every answer against the description and remembers what was called."""

    description: dict[str, Any]
    called: set[str]

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        reply = super().call(method, path, body, **more)
        operation = self._operation(method, path)
        if operation is not None:
            self.called.add(operation["operationId"])
            promised = operation["responses"].get(str(reply.status), operation["responses"]["default"])
            self._fits(promised["content"], reply)
        return reply

    def _operation(self, method: str, path: str) -> Any:
        def fits(template: str) -> bool:
            pairs = list(zip(template.split("/"), path.split("/"), strict=False))
            return template.count("/") == path.count("/") and all(a == b or a.startswith("{") for a, b in pairs)

        exact = [t for t in self.description["paths"] if fits(t) and method.lower() in self.description["paths"][t]]
        best = min(exact, key=lambda template: template.count("{"), default=None)
        return self.description["paths"][best][method.lower()] if best else None

    def _fits(self, content: Any, reply: Any) -> None:
        if "*/*" in content:
            return
        schema = {**content["application/json"]["schema"], "components": self.description["components"]}
        faults = list(Draft202012Validator(schema).iter_errors(reply.json()))
        assert not faults, faults[0]


@pytest.fixture
def checked(api: Api) -> Checked:
    client = Checked(api.base_url, api.control)
    client.description = Api(api.base_url, api.control).call("GET", "/api/openapi.json").json()
    client.called = set()
    return client


def _day_of_work(api: Checked) -> None:
    house = House(api)
    bill = house.approved()
    assert house.bill(bill)["status"] == "approved"
    house.act(bill, "reopen", CLERK)
    house.act(bill, "submit", CLERK)
    house.act(bill, "refuse", OWNER, comment="no")
    house.act(bill, "submit", CLERK)
    house.act(bill, "approve", OWNER)
    house.act(bill, "approve", FINANCE)
    api.ok("GET", f"/bills/{bill}/approved-versions/{house.bill(bill)['approvedVersion']}")
    api.ok("POST", f"/bills/{bill}/attachments", b"hello", fileName="note.txt")
    (attachment, *_) = api.everything("/attachments", billId=bill)
    assert api.call("GET", f"/api/v1/attachments/{attachment['id']}/content").status == 200
    api.ok("PUT", f"/bills/{bill}/erp-status", {"state": "posted", "documentNumber": "17"})
    head = {"companyId": COMPANY, "supplierId": house.supplier, "currencyCode": "EUR", "paymentDate": "2026-03-20"}
    part = {"billId": bill, "paidAmount": "595.00"}
    house.made("/payments", **head, paymentNumber="P", amount="595.00", allocations=[part])
    line = {"lineNumber": "1", "purchaseOrderLineNumber": "10", "quantity": "40"}
    arrived = {"receiptNumber": "R", "purchaseOrderId": house.order, "receiptDate": "2026-02-20", "lines": [line]}
    house.made("/goods-receipts", companyId=COMPANY, **arrived)
    house.made("/payment-terms", code="N30", name="30 days", netDays=30)
    house.made("/webhook-endpoints", url="http://127.0.0.1:9/")
    other = house.upload()["id"]
    house.act(other, "void", CLERK, reason="twice")
    api.ok("GET", "/me")
    api.ok("GET", "/reports/documents", type="bills", asOf="2026-12-31")
    api.refused("POST", "/inbox", b"", fileName="x.xml")


def test_every_operation_answers_as_described(checked: Checked) -> None:
    _day_of_work(checked)
    for path, methods in checked.description["paths"].items():
        kind = path.split("/")[3]
        if "get" in methods and methods["get"]["operationId"].startswith("list"):
            found = checked.ok("GET", path.removeprefix("/api/v1"))["data"]
            if not path.endswith("/keys") and found:
                checked.ok("GET", f"/{kind}/{found[0]['id']}")
                if f"{path}/{{recordId}}" in checked.description["paths"]:
                    _change(checked, kind, found[0], checked.description["paths"][f"{path}/{{recordId}}"])
    described = {item["operationId"] for methods in checked.description["paths"].values() for item in methods.values()}
    never = described - checked.called
    assert never == {"createCompany", "createUser", "createBill"}, "operations nobody tried"


def _change(api: Checked, kind: str, record: dict[str, Any], methods: dict[str, Any]) -> None:
    if "patch" in methods:
        api.ok("PATCH", f"/{kind}/{record['id']}", {"externalReference": "ours"})
    if f"/api/v1/{kind}/{{recordId}}/deactivate" in api.description["paths"]:
        api.ok("POST", f"/{kind}/{record['id']}/deactivate")


def test_what_may_be_written_is_what_is_described(checked: Checked) -> None:
    written = checked.description["components"]["schemas"]["SupplierWrite"]
    assert "id" not in written["properties"] and written["required"] == ["displayName"]
    assert checked.description["components"]["schemas"]["LedgerAccountWrite"]["required"] == [
        "code",
        "name",
        "companyId",
    ]
