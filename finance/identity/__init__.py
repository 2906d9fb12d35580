"""When two records are one: normal forms, keys to meet under, judgements with reasons in words."""

from __future__ import annotations

from .documents import CREDIT_NOTES, is_credit, match_invoices, match_orders
from .keys import VendorProfile, account_key, gross, invoice_keys, payee_keys, series_keys, vendor_keys
from .numbers import (
    bank_key,
    is_valid_iban,
    is_valid_tax_id,
    normalise_iban,
    normalise_invoice_number,
    normalise_tax_id,
    same_invoice_number,
    series_gap,
    similar_invoice_number,
)
from .proposals import Judgement, Proposal, Verdict, settle
from .text import normalise_name
from .vendors import compare_vendors, match_vendors

__all__ = [
    "CREDIT_NOTES",
    "Judgement",
    "Proposal",
    "VendorProfile",
    "Verdict",
    "account_key",
    "bank_key",
    "compare_vendors",
    "gross",
    "invoice_keys",
    "is_credit",
    "is_valid_iban",
    "is_valid_tax_id",
    "match_invoices",
    "match_orders",
    "match_vendors",
    "normalise_iban",
    "normalise_invoice_number",
    "normalise_name",
    "normalise_tax_id",
    "payee_keys",
    "same_invoice_number",
    "series_gap",
    "series_keys",
    "settle",
    "similar_invoice_number",
    "vendor_keys",
]
