"""The ERP pays in two payments with a cash discount; the AP service shows partly paid, then paid."""

from __future__ import annotations

from decimal import Decimal

from demo.story.ap import Json
from demo.story.day import Day, number
from demo.story.table import same

FIRST, DISCOUNT = Decimal("400.00"), Decimal("12.83")  # two percent of 641.40


def the_erp_pays(day: Day) -> None:
    """Two payments of the invoice that was posted first; the rest of the second is taken as discount."""
    bill = day.ap.get(f"/bills/{day.bills['main']}")
    invoice, due = int(bill["erp"]["documentId"]), number(bill["payableAmount"])
    with day.table.did("ERP") as row:
        day.clerk["us"].pay(invoice, str(FIRST))
        row.words = f"pays {FIRST} of {due} for {bill['erp']['documentNumber']}"
    shown = _shown(day, "partlyPaid", FIRST, Decimal(0), due - FIRST)
    rest = due - FIRST - DISCOUNT
    with day.table.did("ERP") as row:
        day.clerk["us"].pay(invoice, str(rest), discount=True)
        row.words = f"pays {rest} and takes {DISCOUNT} as cash discount"
    shown = _shown(day, "paid", FIRST + rest, DISCOUNT, Decimal(0))
    same("payments shown on the bill", 2, len(shown["settlements"]))


def _shown(day: Day, status: str, paid: Decimal, discount: Decimal, left: Decimal) -> Json:
    with day.table.did("portal") as row:
        day.portal.run("payments")
        row.words = "brings the payment over"
    with day.table.did("AP") as row:
        bill = day.ap.get(f"/bills/{day.bills['main']}")
        amounts = tuple(number(bill[name]) for name in ("amountPaid", "discountTaken", "amountOpen"))
        same("what the bill shows", (status, paid, discount, left), (bill["status"], *amounts))
        row.words = f"shows {'partly paid' if left else 'paid'}: {paid} paid, {discount} discount, {left} open"
        row.correlation = day.portal.correlation("ap", "invoice", bill["id"])
    return bill
