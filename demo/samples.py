"""E-invoices for a newcomer to hand in: from known suppliers, for open orders, addressed to the demo's company."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.ap_world import TAX_IDS
from demo.erp import ErpFacts
from demo.erp.world import ENTITIES, ITEMS, ORDERS, SUPPLIERS, Order
from demo.story.papers import Paper, PaperLine, Party

WANTED = {"kestrel": "ubl", "brightwater": "cii"}  # order → syntax; the ERP drafts its own invoice for the second


def write(directory: Path, facts: ErpFacts) -> list[Path]:
    """Writes the files anew and returns them."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for order in (one for one in ORDERS if one.key in WANTED):
        paper = _paper(order, facts.data["orders"][order.key])
        path = directory / f"invoice-for-{paper.order}.{WANTED[order.key]}.xml"
        path.write_bytes(paper.cii() if WANTED[order.key] == "cii" else paper.ubl())
        written.append(path)
    return written


def _paper(order: Order, placed: Mapping[str, Any]) -> Paper:
    """For all of the order, or for what of its first line has arrived. A line is known by its id in the ERP."""
    supplier = next(one for one in SUPPLIERS if one.key == order.supplier)
    company = next(one for one in ENTITIES if one.key == order.entity)
    names = {item.key: item.name for item in ITEMS}
    quantities = [order.received or order.lines[0][1], *(line[1] for line in order.lines[1:])]
    lines = tuple(
        PaperLine(names[item], quantity, price, order_line=str(known))
        for (item, _, price, _), quantity, known in zip(order.lines, quantities, placed["lines"], strict=True)
    )
    return Paper(
        f"TRY-{placed['number'][-3:]}", Party(supplier.name, supplier.tax[1], supplier.country, supplier.iban),
        Party(company.name, TAX_IDS[company.key], company.country), lines, datetime.now(UTC).date(),
        order=placed["number"],
    )  # fmt: skip
