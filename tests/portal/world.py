"""A partner with something to see: two customers, pipelines in every state, runs, held items, a record's journey."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.models import Connection
from mappings.models import Mapping, MappingVersion
from sync.links.models import Body, Landing, Link, RecordState
from sync.pipelines.models import Pipeline, PipelineEntity
from sync.runs.models import Intent, Receipt, Run, RunEntry, RunPage, WorkItem
from tenancy.accounts.actors import SYSTEM
from tenancy.accounts.models import User
from tenancy.brand.services import set_brand
from tenancy.clock import db_now
from tenancy.customers.models import Customer, Entity

OLD_IBAN, NEW_IBAN = "DE89370400440532013000", "DE02120300000000202051"
SENTENCE = (
    "The bank account of Nordwind Logistik GmbH changed from one ending in 3000 to one ending in 2051. Its open"
    " invoices are blocked for payment until the customer's controller agrees."
)


@dataclass
class World:
    """Handles on what was made."""

    now: datetime
    customer: Customer
    other: Customer
    entity: Entity
    vendors: Pipeline
    invoices: Pipeline
    foreign: Pipeline
    run: Run
    working: Run
    landing: Landing
    bank_item: WorkItem
    duplicate: WorkItem
    foreign_item: WorkItem
    foreign_landing: Landing


def vendor(iban: str, **more: Any) -> dict[str, Any]:
    return {
        "vendor_number": "V-1001",
        "legal_name": "Nordwind Logistik GmbH",
        "currency_code": "EUR",
        "financial_accounts": [{"id": "1", "iban": iban}],
        "addresses": [{"id": "main", "city_name": "Kiel", "country_code": "DE"}],
    } | more


def make(person: Callable[..., User], *, colour: str = "#0f766e") -> World:
    """Everything, as the system itself would have written it."""
    set_brand(actor=SYSTEM, name="Harbour Payables", colour=colour)
    now = db_now()
    ours, theirs = _customer("nordwind", "Nordwind Group"), _customer("sued", "Südfrucht AG")
    vendors, entity = _pipeline(ours, "vendors", "Vendor master", "live", now)
    invoices, _ = _pipeline(ours, "invoices", "Approved invoices", "paused", now)
    foreign, _ = _pipeline(theirs, "vendors", "Vendor master", "live", now)
    landing, record = _vendor_record(vendors, now, "V-1001", "Nordwind Logistik GmbH")
    run = _finished_run(vendors, now, record)
    working = _working_run(vendors, now, record)
    bank = _item(vendors, record, "bank_change", SENTENCE, now - timedelta(hours=30), fields=["financial_accounts"])
    _, second = _invoice_record(invoices, now)
    duplicate = _item(
        invoices,
        second,
        "duplicate_invoice",
        "INV-20479 looks like INV-20497 of the same vendor: equal gross and two days apart. The other one is paid.",
        now - timedelta(minutes=50),
        amount=Decimal("1932.5"),
        currency="EUR",
        detail={"twin": "INV-20497", "twin_status": "Paid on 14 November", "gross": "1932.50 EUR"},
    )
    elsewhere, hidden = _vendor_record(foreign, now, "V-77", "Canary Foods")
    other_item = _item(
        foreign, hidden, "duplicate_vendor", "Canary Foods may be a duplicate.", now, amount=Decimal(7), currency="CHF"
    )
    return World(
        now,
        ours,
        theirs,
        entity,
        vendors,
        invoices,
        foreign,
        run,
        working,
        landing,
        bank,
        duplicate,
        other_item,
        elsewhere,
    )


def _customer(code: str, name: str) -> Customer:
    return Customer.objects.create(code=code, name=name)


def _connection(customer: Customer, connector: str, label: str) -> Connection:
    found = Connection.objects.filter(customer=customer, connector=connector).first()
    return found or Connection.objects.create(
        customer=customer, connector=connector, label=label, limit_key=f"{connector}:{customer.code}"
    )


def _mapping(system: str, domain: str) -> MappingVersion:
    mapping, _ = Mapping.objects.get_or_create(system=system, domain=domain, defaults={"name": f"{system} {domain}"})
    version, _ = MappingVersion.objects.get_or_create(
        mapping=mapping,
        number=3,
        defaults={"state": "published", "spec": {"objects": {}}, "effective": {"objects": {}}},
    )
    return version


def _pipeline(customer: Customer, domain: str, name: str, state: str, now: datetime) -> tuple[Pipeline, Entity]:
    erp, ap = _connection(customer, "tryton", "Group ERP"), _connection(customer, "ap_sandbox", "Payables Cloud")
    to_erp = domain == "invoices"
    pipeline = Pipeline.objects.create(
        customer=customer,
        domain=domain,
        name=name,
        source=ap if to_erp else erp,
        target=erp if to_erp else ap,
        mapping_in=_mapping("erp", domain),
        mapping_out=_mapping("ap", domain),
        policies=["duplicate_vendor", "bank_change"],
        state=state,
        paused_because="The ERP is being upgraded until Monday." if state == "paused" else "",
        next_due_at=now + timedelta(minutes=4),
        went_live_at=now - timedelta(days=40),
    )
    entity, _ = Entity.objects.get_or_create(
        customer=customer, code="main", defaults={"name": f"{customer.name} GmbH", "functional_currency": "EUR"}
    )
    companies = ("main", "1") if to_erp else ("1", "main")
    PipelineEntity.objects.create(
        pipeline=pipeline, entity=entity, source_company=companies[0], target_company=companies[1]
    )
    return pipeline, entity


def _vendor_record(pipeline: Pipeline, now: datetime, number: str, name: str) -> tuple[Landing, RecordState]:
    correlation = f"{pipeline.customer.code}{number}".lower().replace("-", "")
    raw = {"code": number, "name": name, "bankAccounts": [{"number": NEW_IBAN}]}
    body = Body.objects.create(content=raw, expires_on=now.date() + timedelta(days=90))
    landing = Landing.objects.create(
        connection=pipeline.source,
        object="vendor",
        external_id=number,
        source_hash=b"1" * 16,
        canonical=vendor(NEW_IBAN, vendor_number=number, legal_name=name),
        label=name,
        body_id=body.pk,
        correlation_id=correlation,
        landed_at=now - timedelta(hours=30),
        modified_at=now - timedelta(hours=31),
    )
    link = Link.objects.create(
        object="vendor",
        source=pipeline.source,
        source_external_id=number,
        target=pipeline.target,
        target_external_id=f"sup_{number}",
        origin="created",
        source_base=vendor(OLD_IBAN, vendor_number=number, legal_name=name),
        target_base=vendor(OLD_IBAN, vendor_number=number, legal_name=f"{name[:-4]}Gmbh"),
        reference=f"r-{number}",
        correlation_id=correlation,
    )
    return landing, RecordState.objects.create(
        pipeline=pipeline, landing=landing, state="held", link=link, changed_at=now - timedelta(hours=30)
    )


def _invoice_record(pipeline: Pipeline, now: datetime) -> tuple[Landing, RecordState]:
    landing = Landing.objects.create(
        connection=pipeline.source,
        object="invoice",
        company="main",
        external_id="inv_20479",
        source_hash=b"2" * 16,
        canonical={"invoice_number": "INV-20479", "currency_code": "EUR", "payable_amount": "1932.50"},
        label="INV-20479",
        amount=Decimal("1932.50"),
        currency="EUR",
        correlation_id="inv20479",
        landed_at=now - timedelta(hours=1),
    )
    return landing, RecordState.objects.create(pipeline=pipeline, landing=landing, state="held", changed_at=now)


def _finished_run(pipeline: Pipeline, now: datetime, record: RecordState) -> Run:
    unchanged = {"count": 418, "money": {"EUR": "88120.40"}, "unmeasured": 0}
    run = Run.objects.create(
        pipeline=pipeline,
        kind="incremental",
        trigger="schedule",
        state="succeeded",
        balanced=True,
        started_at=now - timedelta(hours=30, seconds=9),
        finished_at=now - timedelta(hours=30),
        counts={"unchanged": unchanged, "updated": {"count": 1, "money": {}, "unmeasured": 0}},
    )
    RunPage.objects.create(
        run=run,
        number=1,
        object="vendor",
        read=419,
        settled={"unchanged": unchanged},
        measured=unchanged | {"count": 419},
    )
    entry = RunEntry.objects.create(
        run=run,
        page=1,
        record=record,
        landing=record.landing,
        state="closed",
        operation="update",
        outcome="updated",
        sentence="",
        changes=[
            {"path": "legal_name", "before": "Nordwind GmbH", "after": "Nordwind Logistik GmbH", "label": "Legal name"},
            {"path": "financial_accounts", "before": OLD_IBAN, "after": NEW_IBAN, "label": "Bank", "sensitive": True},
        ],
        source_hash=b"1" * 16,
        closed_at=now - timedelta(hours=30),
    )
    intent = Intent.objects.create(
        entry=entry,
        number=1,
        step="update",
        operation="update",
        object="vendor",
        connection=pipeline.target,
        reference="r-V-1001",
        body={"name": "Nordwind Logistik GmbH", "bankAccounts": [{"iban": NEW_IBAN}]},
        state="done",
        sends=1,
        sent_at=now - timedelta(hours=30, seconds=3),
    )
    Receipt.objects.create(
        intent=intent,
        how="answer",
        external_id="sup_V-1001",
        target_values=vendor(OLD_IBAN),
        milliseconds=84,
        at=now - timedelta(hours=30, seconds=2),
    )
    return run


def _working_run(pipeline: Pipeline, now: datetime, record: RecordState) -> Run:
    run = Run.objects.create(pipeline=pipeline, kind="full", trigger="person", state="working", started_at=now)
    measured = {"count": 200, "money": {}, "unmeasured": 0}
    RunPage.objects.create(
        run=run,
        number=1,
        object="vendor",
        read=200,
        settled={"unchanged": measured | {"count": 120}},
        measured=measured,
    )
    return run


def _item(pipeline: Pipeline, record: RecordState, code: str, sentence: str, at: datetime, **more: Any) -> WorkItem:
    return WorkItem.objects.create(
        **{
            "pipeline": pipeline,
            "record": record,
            "customer_id": pipeline.customer_id,
            "code": code,
            "cause": code,
            "sentence": sentence,
            "digest": code,
            "opened_at": at,
            "received_at": at - timedelta(hours=1),
        }
        | more
    )
