"""Everything a chapter needs: the people in both systems, the portal, the table, and what earlier chapters left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from demo.erp import ErpFacts
from demo.erp.actor import ErpUser
from demo.story.ap import Ap
from demo.story.names import Names
from demo.story.portal import Portal
from demo.story.table import Table


@dataclass
class Vendor:
    """A vendor in both systems. Ids are each system's own."""

    name: str
    party: int
    code: str
    supplier: str
    tax: str
    iban: str = ""
    series: int = 0

    def number(self, tag: str, place: int) -> str:
        """Its invoice numbers."""
        return f"{tag}-{self.series + place}"


@dataclass
class Day:
    """One play of the story."""

    facts: ErpFacts
    ap: Ap
    portal: Portal
    clerk: dict[str, ErpUser]  # the ERP's clerk per entity
    table: Table = field(default_factory=Table)
    names: Names = field(default_factory=Names)
    vendors: dict[str, Vendor] = field(default_factory=dict)
    account: str = ""  # code of the account opened today
    department: str = ""  # code of the department opened today
    order: int = 0  # the ERP's id of today's order
    bills: dict[str, str] = field(default_factory=dict)  # name → the AP service's id

    @property
    def vendor(self) -> Vendor:
        """The vendor of the day."""
        return self.vendors["main"]


Chapter = Callable[[Day], None]


def number(text: object) -> Decimal:
    """An amount or quantity however a system writes it."""
    return Decimal(str(text))
