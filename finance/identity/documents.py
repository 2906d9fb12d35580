"""Which orders and invoices of two systems are one and the same: by vendor, number and amount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias, TypeVar

from finance.identity.keys import gross
from finance.identity.numbers import number_keys, same_invoice_number, similar_invoice_number
from finance.identity.proposals import Judgement, Proposal, settle
from finance.records import Invoice, PurchaseOrder, Ref

VendorKey: TypeAlias = Callable[[Ref], str]
D = TypeVar("D", PurchaseOrder, Invoice)
CREDIT_NOTES = frozenset({"381"})  # BT-3


def natural_key(ref: Ref) -> str:
    """The vendor by the key people use; the default while vendors are not linked yet."""
    return ref.natural_key


def match_orders(
    left: Mapping[str, PurchaseOrder],
    right: Mapping[str, PurchaseOrder],
    *,
    left_vendor: VendorKey = natural_key,
    right_vendor: VendorKey = natural_key,
) -> list[Proposal]:
    """By the buyer's own order number. The functions give each side's vendor a key that both sides share."""

    def judge(a: PurchaseOrder, b: PurchaseOrder) -> Judgement:
        if not same_invoice_number(a.order_number or "", b.order_number or ""):
            return Judgement("none", 0, ())
        vendor, amount = _vendor(a, b, left_vendor, right_vendor), _amount(a, b)
        certain = bool(vendor) and amount is not False
        return _judge(certain, vendor, amount, f"Both have the order number {a.order_number}.")

    return _match(left, right, lambda order: number_keys(order.order_number or ""), judge)


def match_invoices(
    left: Mapping[str, Invoice],
    right: Mapping[str, Invoice],
    *,
    left_vendor: VendorKey = natural_key,
    right_vendor: VendorKey = natural_key,
) -> list[Proposal]:
    """By vendor, the supplier's number and gross amount; certain only where all three agree.

    An invoice and a credit note are never one, whatever their numbers.
    """

    def judge(a: Invoice, b: Invoice) -> Judgement:
        ours, theirs = a.invoice_number or "", b.invoice_number or ""
        vendor, amount = _vendor(a, b, left_vendor, right_vendor), _amount(a, b)
        if vendor is False or is_credit(a) != is_credit(b):
            return Judgement("none", 0, ())
        if same_invoice_number(ours, theirs):
            return _judge(bool(vendor and amount), vendor, amount, f"Both have the number {ours}.")
        if vendor and amount and similar_invoice_number(ours, theirs):
            return Judgement("likely", 50, ("Vendor and amount agree.", f"The numbers are alike: {ours}, {theirs}."))
        return Judgement("none", 0, ())

    return _match(left, right, _invoice_blocks, judge)


def is_credit(invoice: Invoice) -> bool:
    """Whether the document lowers what is owed: a credit note, or an invoice with a negative total."""
    total = _total(invoice)
    return (invoice.invoice_type_code in CREDIT_NOTES) != (total is not None and total < 0)


def _judge(certain: bool, vendor: bool | None, amount: bool | None, number: str) -> Judgement:
    """A shared number with what is known of vendor and amount: None where one side does not say."""
    score = 40 + 30 * bool(vendor) + 30 * bool(amount)
    return Judgement("certain" if certain else "likely", score, (number, _VENDOR[vendor], _AMOUNT[amount]))


_VENDOR = {True: "The vendor is the same.", False: "The vendors differ.", None: "The vendors are not linked yet."}
_AMOUNT = {True: "The totals agree.", False: "The totals differ.", None: "One side states no total."}


def _vendor(a: D, b: D, left: VendorKey, right: VendorKey) -> bool | None:
    ours = left(a.vendor) if isinstance(a.vendor, Ref) else ""
    theirs = right(b.vendor) if isinstance(b.vendor, Ref) else ""
    return ours == theirs if ours and theirs else None


def _amount(a: D, b: D) -> bool | None:
    """Whether currency and total with tax agree."""
    ours, theirs = _total(a), _total(b)
    if ours is None or theirs is None:
        return None
    return ours == theirs and (a.currency_code or "") == (b.currency_code or "")


def _total(record: PurchaseOrder | Invoice) -> Decimal | None:
    total = record.tax_inclusive_amount
    if not isinstance(total, Decimal) and isinstance(record, Invoice):
        total = record.payable_amount
    return total if isinstance(total, Decimal) else None


def _invoice_blocks(invoice: Invoice) -> Iterable[str]:
    total = gross(invoice)
    amount = {f"a:{invoice.currency_code or ''}:{total}"} if total else set()
    return number_keys(invoice.invoice_number or "") | amount


def _match(
    left: Mapping[str, D],
    right: Mapping[str, D],
    blocks: Callable[[D], Iterable[str]],
    judge: Callable[[D, D], Judgement],
) -> list[Proposal]:
    index: defaultdict[str, list[str]] = defaultdict(list)
    for key, record in right.items():
        for block in blocks(record):
            index[block].append(key)
    judged: dict[str, list[tuple[str, Judgement]]] = {}
    for key, record in left.items():
        met = dict.fromkeys(other for block in blocks(record) for other in index.get(block, ()))
        judged[key] = [(other, judge(record, right[other])) for other in met]
    return settle(judged)
