"""The finance rules. Importing this package registers every policy."""

from __future__ import annotations

from . import (
    approved,
    bank_change,
    coding_invalid,
    coding_missing,
    duplicate_invoice,
    duplicate_vendor,
    period,
    totals,
)
from .base import POLICIES, Example, Finding, MissingFacts, Policy, Severity, evaluate, needs_of, policies_for, policy
from .facts import (
    ApprovedInvoice,
    Combination,
    InvoiceCandidate,
    Need,
    PaymentStatus,
    Period,
    PolicyFacts,
    PolicyOptions,
    VendorCandidate,
)

__all__ = [
    "POLICIES",
    "ApprovedInvoice",
    "Combination",
    "Example",
    "Finding",
    "InvoiceCandidate",
    "MissingFacts",
    "Need",
    "PaymentStatus",
    "Period",
    "Policy",
    "PolicyFacts",
    "PolicyOptions",
    "Severity",
    "VendorCandidate",
    "approved",
    "bank_change",
    "coding_invalid",
    "coding_missing",
    "duplicate_invoice",
    "duplicate_vendor",
    "evaluate",
    "needs_of",
    "period",
    "policies_for",
    "policy",
    "totals",
]
