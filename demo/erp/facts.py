"""What was built: ids, keys and passwords of the demo ERP (test data only), kept in var/erp/facts.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class ErpUnavailable(Exception):
    """The ERP could not be built or started; the text is one sentence that says what to do."""


@dataclass(frozen=True)
class ErpFacts:
    """`companies`: entity key → company id; `keys`, `passwords`: login → secret; `data`: everything else by group.

    Groups of `data`: terms, taxes ("us.standard"), accounts (entity → code → id),
    dimensions (entity → "department.100" → id), payment_methods, discounts, payment_journals, items,
    suppliers (key → id, code, name), orders (key → id, number, company, lines),
    bills (key → id, number, reference, company), closed_day.
    """

    home: Path  # var/erp
    database: str
    companies: dict[str, int]
    keys: dict[str, str]
    passwords: dict[str, str]
    data: dict[str, Any]

    def supplier(self, key: str) -> int:
        return int(self.data["suppliers"][key]["id"])


def load(home: Path) -> ErpFacts:
    """The facts of the ERP built in `home` (var/erp)."""
    data = json.loads((home / "facts.json").read_text(encoding="utf-8"))
    return ErpFacts(home, data["database"], data["companies"], data["keys"], data["passwords"], data)
