"""Payments as bills show them: paid, discount taken, still open."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from sandbox.errors import conflict, invalid
from sandbox.money import text, total
from sandbox.shapes import Bill, Payment
from sandbox.shapes.bill_parts import Settlement
from sandbox.shapes.payments import Allocation
from sandbox.work import Work
from sandbox.writing import finish, rule

_COUNTING = ("issued", "cleared")


def settle(work: Work, bill: Bill) -> None:
    """Works out the bill's settlements and its state from the payments there are."""
    bill.settlements = [
        _settlement(payment, part)
        for payment in _payments(work, bill)
        for part in payment.allocations
        if part.bill_id == bill.id
    ]
    counted = [item for item in bill.settlements if item.status in _COUNTING]
    paid, discount = total(item.paid_amount for item in counted), total(item.discount_amount for item in counted)
    withheld, written_off = (
        total(item.withheld_amount for item in counted),
        total(item.write_off_amount for item in counted),
    )
    open_amount = Decimal(bill.payable_amount) - paid - discount - withheld - written_off
    bill.amount_paid, bill.discount_taken = text(paid), text(discount)
    bill.amount_withheld, bill.amount_written_off = text(withheld), text(written_off)
    bill.amount_open = "0" if bill.status == "void" else text(open_amount)
    _move(bill, open_amount, bool(counted))


def _move(bill: Bill, open_amount: Decimal, paid: bool) -> None:
    if bill.status not in ("approved", "exported", "posted", "partlyPaid", "paid"):
        return
    if paid:
        bill.status = "paid" if open_amount == 0 else "partlyPaid"
    elif bill.status in ("partlyPaid", "paid"):
        bill.status = bill.erp.state if bill.erp.state in ("exported", "posted") else "approved"


def _payments(work: Work, bill: Bill) -> list[Payment]:
    if not bill.id:
        return []
    return [work.get(Payment, found) for found in work.lookup("payments", f"bill:{bill.id}")]


def _settlement(payment: Payment, part: Allocation) -> Settlement:
    return Settlement(
        payment_id=payment.id,
        payment_number=payment.payment_number,
        status=payment.status,
        method=payment.method,
        payment_date=payment.payment_date,
        paid_amount=part.paid_amount,
        discount_amount=part.discount_amount,
        withheld_amount=part.withheld_amount,
        write_off_amount=part.write_off_amount,
    )


@rule("payments")
def keep(work: Work, before: Payment | None, payment: Payment) -> None:
    """A payment settles bills of its own company, supplier and currency, and no more than its amount."""
    if before is not None and before.status in ("voided", "returned") and payment.status in _COUNTING:
        raise conflict(f"Payment {payment.payment_number} is {before.status}; make a new one that replaces it.")
    used = Decimal(0)
    for index, part in enumerate(payment.allocations):
        bill = work.get(Bill, part.bill_id)
        where = f"allocations[{index}]"
        if (bill.company_id, bill.supplier_id) != (payment.company_id, payment.supplier_id):
            raise invalid(f"Bill {bill.bill_number} is of another company or supplier.", field=f"{where}.billId")
        if bill.currency_code != payment.currency_code:
            sentence = f"Bill {bill.bill_number} is in {bill.currency_code}, the payment in {payment.currency_code}."
            raise invalid(sentence, field=f"{where}.billId")
        if bill.status == "void" and payment.status in _COUNTING:
            raise conflict(f"Bill {bill.bill_number} is void and cannot be paid.")
        used += Decimal(part.paid_amount) * (-1 if bill.document_type == "creditNote" else 1)
    if used > Decimal(payment.amount):
        sentence = f"The allocations come to {text(used)}, the payment is only {payment.amount}."
        raise invalid(sentence, field="allocations")


@finish("payments")
def spread(work: Work, before: Payment | None, payment: Payment) -> None:
    """Shows the payment on every bill it settles or no longer settles."""
    for bill_id in _touched([payment] if before is None else [before, payment]):
        bill = work.get(Bill, bill_id)
        settle(work, bill)
        work.save(bill, operation="settle", event=bill.status)


def _touched(payments: Iterable[Payment]) -> list[str]:
    return sorted({part.bill_id for payment in payments for part in payment.allocations})
