"""Where a record stands in its own life, as far as that decides whether it travels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Phase = Literal["draft", "open", "ended"]

_DRAFT: Mapping[str, frozenset[str]] = {
    "purchase_order": frozenset({"draft", "pending"}),
    "receipt": frozenset({"draft"}),
    "payment": frozenset({"draft"}),
    "invoice": frozenset({"captured", "coded", "in_approval", "rejected"}),
}
_ENDED: Mapping[str, frozenset[str]] = {
    "purchase_order": frozenset({"cancelled"}),
    "receipt": frozenset({"cancelled"}),
    "invoice": frozenset({"void"}),
}
# A document that was posted is taken back by a posting of its own; others just carry their state across.
TAKEN_BACK = frozenset({"invoice"})


def phase(obj: str, payload: Mapping[str, Any]) -> Phase:
    """draft: not binding yet. ended: closed for ever. open: everything else."""
    status = payload.get("status")
    if status in _DRAFT.get(obj, ()):
        return "draft"
    if status in _ENDED.get(obj, ()) or payload.get("active") is False:
        return "ended"
    return "open"
