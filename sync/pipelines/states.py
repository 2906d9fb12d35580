"""The life of a pipeline and what each workflow domain carries, as data."""

from __future__ import annotations

from dataclasses import dataclass

DRAFT, MATCHING, LIVE, PAUSED = "draft", "matching", "live", "paused"
STATES = ((DRAFT, "Draft"), (MATCHING, "Matching"), (LIVE, "Live"), (PAUSED, "Paused"))

# from → to, each a verb of `pipelines.services`
MOVES: dict[str, frozenset[str]] = {
    DRAFT: frozenset({MATCHING}),
    MATCHING: frozenset({LIVE, DRAFT}),
    LIVE: frozenset({PAUSED, MATCHING}),
    PAUSED: frozenset({LIVE, MATCHING}),
}

SHARED_OBJECTS = frozenset({"vendor", "payment_term"})  # one record for all entities of a customer


@dataclass(frozen=True)
class Domain:
    """One workflow domain: which objects it carries, parents first, from which side to which."""

    key: str
    label: str
    objects: tuple[str, ...]
    source_role: str
    target_role: str
    policies: tuple[str, ...]


DOMAINS: dict[str, Domain] = {
    d.key: d
    for d in (
        Domain("vendors", "Vendor master", ("vendor",), "erp", "ap", ("duplicate_vendor", "bank_change")),
        Domain(
            "coding", "GL coding and dimensions", ("payment_term", "tax_code", "account", "dimension"), "erp", "ap", ()
        ),
        Domain("orders", "Purchase orders and receipts", ("purchase_order", "receipt"), "erp", "ap", ()),
        Domain(
            "invoices",
            "Approved invoices",
            ("invoice",),
            "ap",
            "erp",
            (
                "duplicate_invoice",
                "totals",
                "coding_missing",
                "coding_invalid",
                "approved_is_posted",
                "period_closed",
            ),
        ),
        Domain("approvals", "Approval trail", ("approval",), "ap", "erp", ()),
        Domain("payments", "Payment status", ("payment",), "erp", "ap", ()),
    )
}
