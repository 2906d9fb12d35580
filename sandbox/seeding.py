"""Filling the service quickly: the house it starts with, and bulk seeds of any kind of record."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.errors import invalid
from sandbox.resources import RESOURCES
from sandbox.service import Service
from sandbox.shapes import Company, User
from sandbox.shapes.parties import ApprovalLimit
from sandbox.work import Work


def house() -> list[Company | User]:
    """Two companies and four people: enough to work with, nothing that looks like business."""
    thousands = [ApprovalLimit(currency_code=code, amount="25000") for code in ("USD", "EUR", "GBP")]
    limits = [*thousands, ApprovalLimit(currency_code="JPY", amount="3000000")]
    return [
        Company(id="co-1", name="First Company", currency_code="USD", country_code="US", tax_id="US-11-1111111"),
        Company(id="co-2", name="Second Company", currency_code="EUR", country_code="DE", tax_id="DE222222222"),
        User(id="usr-clerk", name="Carla Clerk", email="carla@ap.example", roles=["clerk"]),
        User(id="usr-owner", name="Otto Owner", email="otto@ap.example", roles=["budgetOwner"], limits=limits),
        User(id="usr-deputy", name="Dora Deputy", email="dora@ap.example", roles=["budgetOwner"], limits=[]),
        User(id="usr-finance", name="Fritz Finance", email="fritz@ap.example", roles=["finance"], unlimited=True),
    ]


def default_house(service: Service) -> None:
    """Puts the house in where there is no company yet."""
    with service.store.transaction() as db:
        work = Work(db, service.store)
        if db.execute("SELECT 1 FROM objects WHERE kind = 'companies'").fetchone() is None:
            for record in house():
                work.add(record)


def seed(service: Service, data: dict[str, Any]) -> dict[str, list[str]]:
    """Keeps every record of {"kind": [record, …]} in one transaction; the ids by kind."""
    if unknown := sorted(data.keys() - RESOURCES.keys()):
        raise invalid(f"There is nothing called {unknown[0]} to seed.", field=unknown[0])
    given: dict[str, list[str]] = {}
    with service.store.transaction() as db:
        work = Work(db, service.store)
        for kind, resource in RESOURCES.items():
            try:
                records = msgspec.convert(data.get(kind, []), list[resource.shape])  # type: ignore[name-defined]
            except msgspec.ValidationError as fault:
                raise invalid(f"{kind}: {fault}", field=kind) from fault
            given[kind] = [work.add(record, operation="seed").id for record in records]
    return {kind: ids for kind, ids in given.items() if ids}
