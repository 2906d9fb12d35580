"""Chapter 4: an order with its lines, a partial receipt, a return."""

from __future__ import annotations

from decimal import Decimal

from demo.erp.actor import Line
from demo.story.ap import Json
from demo.story.day import Day, number
from demo.story.table import StoryFault, expect, same
from demo.story.vendors import counted

LINES = (Line("paper", "10", "21.90", "100"), Line("toner", "4", "82.50", "200"))


def an_order_is_placed(day: Day) -> None:
    """The order reaches the AP service line by line, then what arrived and what went back."""
    clerk, vendor = day.clerk["us"], day.vendor
    with day.table.did("ERP") as row:
        day.order = clerk.order(vendor.party, LINES)
        placed = order_number(day)
        row.words = f"order {placed}: 10 paper at 21.90 and 4 toner at 82.50"
    _bring(day, "purchase_order", day.order)
    with day.table.did("AP") as row:
        shown = shown_order(day)
        for line, sent in zip(shown["lines"], LINES, strict=True):
            same("an order line", (number(sent.quantity), number(sent.unit_price)), _line(line))
        same("the supplier of the order", vendor.supplier, shown["supplierId"])
        same("the order's total", Decimal("658.80"), number(shown["totalAmount"]))
        row.words = f"shows {placed} with 2 lines, 658.80 with tax, open"
    first, second = clerk.order_lines(day.order)
    _goods_move(day, clerk.receive, (day.order, {first: "6", second: "4"}), "6 paper and 4 toner arrive", ("6", "4"))
    _goods_move(day, clerk.send_back, (day.order, first, "1"), "1 paper goes back damaged", ("5", "4"))


def _goods_move(day: Day, move: object, arguments: tuple[object, ...], words: str, left: tuple[str, str]) -> None:
    reference = f"DN-{day.names.tag}-{left[0]}"
    model = "stock.shipment.in" + ("" if "arrive" in words else ".return")
    with day.table.did("ERP") as row:
        shipment = move(*arguments, reference=reference)  # type: ignore[operator]
        row.words = words
    _bring(day, "receipt", f"{model},{shipment}")
    with day.table.did("AP") as row:
        receipt = next((one for one in receipts(day) if one["despatchReference"] == reference), None)
        expect(receipt, f"the receipt {reference} is not in the AP service")
        assert receipt is not None
        same("the kind of receipt", "receipt" if "arrive" in words else "return", receipt["kind"])
        same("what arrived to date", [number(n) for n in left], _received(day))
        row.words = f"{receipt['kind']} {receipt['receiptNumber']}; received to date {' and '.join(left)}"


def _bring(day: Day, obj: str, external_id: object) -> None:
    with day.table.did("portal") as row:
        row.words = f"reads what changed: {counted(day.portal.run('orders').counts)}"
        row.correlation = day.portal.correlation("erp", obj, external_id)


def order_number(day: Day) -> str:
    return str(day.clerk["us"].read("purchase.purchase", [["id", "=", day.order]], "number")[0]["number"])


def shown_order(day: Day) -> Json:
    """Today's order in the AP service."""
    found = day.ap.one("purchase-orders", orderNumber=order_number(day))
    if found is None:
        raise StoryFault(
            f"the order is not in the AP service: {day.portal.state_of('erp', 'purchase_order', day.order)}"
        )
    return found


def receipts(day: Day) -> list[Json]:
    found: list[Json] = day.ap.get("/goods-receipts", purchaseOrderId=shown_order(day)["id"])["data"]
    return found


def _received(day: Day) -> list[Decimal]:
    """By order line, from the receipts and returns the AP service holds, which the order must agree with."""
    order = shown_order(day)
    moved = [line for receipt in receipts(day) for line in receipt["lines"]]
    sums = [
        sum((number(m["quantity"]) for m in moved if m["purchaseOrderLineNumber"] == line["lineNumber"]), Decimal(0))
        for line in order["lines"]
    ]
    same("received to date on the order itself", sums, [number(line["receivedQuantity"]) for line in order["lines"]])
    return sums


def _line(line: Json) -> tuple[Decimal, Decimal]:
    return number(line["quantity"]), number(line["unitPrice"])
