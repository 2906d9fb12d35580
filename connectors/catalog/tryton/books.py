"""The ERP's own books for the agreement. Shares nothing with reading: other fields, other queries, no shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from connectors.base import LedgerLine
from connectors.catalog.tryton.rest import Rest

Ledger = Callable[[Rest, Mapping[str, str], str, date], Iterator[LedgerLine]]
ZERO = Decimal(0)


def vendors(rest: Rest, values: Mapping[str, str], company: str, as_of: date) -> Iterator[LedgerLine]:
    """One line per active vendor; vendors carry no amount, they are counted."""
    category = values.get("vendor_category", "Supplier")
    domain = [["active", "=", True], *([["categories.name", "=", category]] if category else [])]
    for party in rest.walk("party.party", domain, ("code",)):
        yield LedgerLine("vendor", party["id"], party["code"], company, "", "credit", ZERO, "active")


LEDGERS: dict[str, Ledger] = {"vendor": vendors}
