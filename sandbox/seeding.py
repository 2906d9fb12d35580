"""Filling the service quickly: the house it starts with, and bulk seeds of any kind of record."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.ap import approving, billing, content, settling
from sandbox.errors import invalid
from sandbox.resources import RESOURCES
from sandbox.service import Service
from sandbox.shapes import Bill, Company, User
from sandbox.shapes.bill_parts import ApprovalStep
from sandbox.shapes.parties import ApprovalLimit
from sandbox.shapes.scalars import Record
from sandbox.work import Work


def house() -> list[Company | User]:
    """Two companies and five people: enough to work with, nothing that looks like business."""
    thousands = [ApprovalLimit(currency_code=code, amount="25000") for code in ("USD", "EUR", "GBP")]
    limits = [*thousands, ApprovalLimit(currency_code="JPY", amount="3000000")]
    return [
        Company(id="co-1", name="First Company", currency_code="USD", country_code="US", tax_id="US-11-1111111"),
        Company(id="co-2", name="Second Company", currency_code="EUR", country_code="DE", tax_id="DE222222222"),
        User(id="usr-clerk", name="Carla Clerk", email="carla@ap.example", roles=["clerk"]),
        User(id="usr-owner", name="Otto Owner", email="otto@ap.example", roles=["budgetOwner"], limits=limits),
        User(id="usr-director", name="Dana Director", email="dana@ap.example", roles=["budgetOwner"], unlimited=True),
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


def _kept(work: Work, record: Record) -> Record:
    if isinstance(record, Bill):
        return _kept_bill(work, record)
    return work.add(record, operation="seed")


def _kept_bill(work: Work, bill: Bill) -> Bill:
    """Bills seeded as approved or further get the approval they must have had."""
    bill.received_at = bill.received_at or work.store.stamp()
    settling.settle(work, bill)
    if not bill.content_digest:
        content.renew(bill)
    work.add(bill, operation="seed")
    if bill.approved_version is None and bill.status in ("approved", *billing.WITH_ERP):
        _approve(work, bill)
        work.save(bill, operation="seed", silent=True)
    return bill


def _approve(work: Work, bill: Bill) -> None:
    at = work.store.stamp()
    clerk, *deciders = (
        ("usr-clerk", "Carla Clerk"),
        ("usr-director", "Dana Director"),
        ("usr-finance", "Fritz Finance"),
    )
    made = approving.requested(work, bill, clerk[0], clerk[1])
    made.status, made.completed_at = "approved", at
    work.add(made, operation="seed")
    made.steps = [
        ApprovalStep(
            approval_id=made.id,
            step=step,
            step_name=approving.STEPS[step - 1][0],
            decision="approved",
            decided_by_user_id=user_id,
            decided_by_name=name,
            decided_at=at,
            content_version=bill.content_version,
            content_digest=bill.content_digest,
        )
        for step, (user_id, name) in enumerate(deciders, start=1)
    ]
    work.save(made, operation="seed", silent=True)
    bill.approval_trail = made.steps
    approving.mark_approved(work, bill, at)


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
            given[kind] = [_kept(work, record).id for record in records]
    return {kind: ids for kind, ids in given.items() if ids}
