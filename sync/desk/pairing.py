"""Which records of both sides may be the same thing, by what identifies a record of their kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from finance import records
from finance.identity import Judgement, Proposal, match_invoices, match_orders, match_vendors, settle
from sync.links.selectors import counterparts
from sync.runs.work.flow import Flow

Json = dict[str, Any]
Side = dict[str, Json]  # external id → canonical payload
_KEYS: Mapping[str, str] = {"receipt": "receipt_number", "payment": "payment_number", "approval": "document_number"}
_OTHER_VENDOR = Judgement("none", 0, ())


def propose(flow: Flow, ours: Side, theirs: Side) -> list[Proposal]:
    """Pairs by what identifies a record of this kind."""
    left, right = _decoded(flow.object, ours), _decoded(flow.object, theirs)
    if flow.object == "vendor":
        return match_vendors(left, right)
    shared = _shared_vendor_key(flow, ours)
    if flow.object in ("purchase_order", "invoice"):
        compare = match_orders if flow.object == "purchase_order" else match_invoices
        return compare(
            left, right, left_vendor=lambda ref: shared(ref.external_id), right_vendor=lambda ref: ref.external_id
        )
    return by_key(flow.object, ours, theirs, lambda payload: shared(_vendor_id(payload)))


def _decoded(obj: str, side: Side) -> dict[str, Any]:
    return {key: records.decode(obj, payload) for key, payload in side.items()}


def _shared_vendor_key(flow: Flow, ours: Side) -> Callable[[str], str]:
    """Our vendors' ids → the id their counterpart has on the other side, "" where they have none."""
    ids = {_vendor_id(payload) for payload in ours.values()} - {""}
    known = counterparts(flow.pipeline.source_id, flow.pipeline.target_id, (("vendor", key) for key in ids))
    return lambda external_id: known.get(("vendor", external_id), "")


def by_key(obj: str, ours: Side, theirs: Side, vendor_there: Callable[[Json], str]) -> list[Proposal]:
    """Coding lists by their code alone; movements, approvals and payments by number and vendor.

    `vendor_there` names the vendor of one of our payloads by the other side's id, "" where it is not linked.
    """
    name = _KEYS.get(obj, "code")
    by_code: defaultdict[str, list[str]] = defaultdict(list)
    for key, payload in theirs.items():
        by_code[str(payload.get(name) or "")].append(key)
    judged: dict[str, list[tuple[str, Judgement]]] = {}
    for key, payload in ours.items():
        code = str(payload.get(name) or "")
        vendor = vendor_there(payload) if obj in _KEYS else None
        judged[key] = [(other, _same_code(code, vendor, theirs[other])) for other in by_code.get(code, ()) if code]
    return settle(judged)


def _same_code(code: str, vendor: str | None, theirs: Json) -> Judgement:
    """Two records with one code; `vendor` is None where records of this kind have none."""
    said = f"Both have the code {code}."
    if vendor is None:
        return Judgement("certain", 100, (said,))
    there = _vendor_id(theirs)
    if not vendor or not there:
        return Judgement("likely", 60, (said, "The vendors are not linked yet."))
    return Judgement("certain", 100, (said, "The vendor is the same.")) if vendor == there else _OTHER_VENDOR


def _vendor_id(payload: Json) -> str:
    return str((payload.get("vendor") or {}).get("external_id") or "")
