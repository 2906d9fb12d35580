"""A customer with two systems in memory and pipelines between them; workers run in the test's own process."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connectors import services as connections
from connectors.models import Connection
from connectors.testing import twin  # noqa: F401  registers the two systems
from connectors.testing.twin_system import TwinSystem
from mappings import services as mappings
from mappings.models import Mapping, MappingVersion
from sync.pipelines.models import Pipeline
from sync.pipelines.services import create_pipeline, move
from sync.runs.models import Run
from sync.runs.services import request_run
from tenancy.accounts.actors import SYSTEM
from tenancy.clock import db_now
from tenancy.context import current_schema
from tenancy.customers.models import Customer, Entity
from tenancy.jobs.models import Job
from tenancy.jobs.selectors import next_job
from tenancy.jobs.worker import work_turn

VENDOR_IN = {
    "language": 1,
    "object": "vendor",
    "direction": "in",
    "fields": [
        {"to": "vendor_number", "expr": "code"},
        {"to": "legal_name", "expr": "name", "missing": "hold"},
        {"to": "email", "expr": "email"},
        {"to": "active", "expr": "active"},
        {
            "to": "financial_accounts",
            "each": "banks",
            "fields": [{"to": "id", "expr": "iban"}, {"to": "iban", "expr": "iban"}],
        },
    ],
}
VENDOR_OUT = {
    "language": 1,
    "object": "vendor",
    "direction": "out",
    "fields": [
        {"to": "code", "expr": "vendor_number"},
        {"to": "name", "expr": "legal_name"},
        {"to": "email", "expr": "email"},
        {"to": "banks", "each": "financial_accounts", "fields": [{"to": "iban", "expr": "iban"}]},
    ],
}
VENDORS = {"objects": {"vendor": {"in": VENDOR_IN, "out": VENDOR_OUT}}}


@dataclass
class World:
    """Both systems, the customer and what joins them."""

    erp: TwinSystem
    ap: TwinSystem
    customer: Customer
    entity: Entity
    erp_connection: Connection
    ap_connection: Connection
    mapping: MappingVersion
    pipelines: dict[str, Pipeline] = field(default_factory=dict)

    def vendor(self, code: str, name: str, **more: Any) -> str:
        """A vendor in the ERP; its id."""
        body = {"code": code, "name": name, "email": f"{code}@example.test", "active": True, "banks": []}
        return self.erp.put("vendor", {**body, **more}, company="1").id

    def pipeline(self, domain: str = "vendors", *, live: bool = True, policies: list[str] | None = None) -> Pipeline:
        """A pipeline from the ERP to the AP service."""
        made = create_pipeline(
            actor=SYSTEM,
            customer_id=self.customer.pk,
            domain=domain,
            source_id=self.erp_connection.pk,
            target_id=self.ap_connection.pk,
            mapping_in_id=self.mapping.pk,
            mapping_out_id=self.mapping.pk,
            mapping_back_id=self.mapping.pk,
            entities=[(self.entity, "1", "1")],
            policies=policies or [],
        )
        move(actor=SYSTEM, pipeline=made, to="matching")
        if live:
            move(actor=SYSTEM, pipeline=made, to="live")
        self.pipelines[domain] = made
        return made

    def run(self, pipeline: Pipeline, kind: str = "incremental", **more: Any) -> Run:
        """Asks for a run, works until nothing is due, and returns the run as it ended."""
        run = request_run(actor=SYSTEM, pipeline=pipeline, kind=kind, **more)
        self.work()
        run.refresh_from_db()
        return run

    def work(self) -> None:
        """A worker's turns until nothing is due within the next seconds."""
        schema, until = current_schema(), time.monotonic() + 20
        while time.monotonic() < until:
            if not work_turn(schema):
                following = next_job()
                if following.at is None or following.at > db_now() + timedelta(seconds=5):
                    break
                time.sleep(0.02)
        assert not Job.objects.filter(state="failed").exists(), list(Job.objects.values_list("last_error", flat=True))

    def ap_vendors(self) -> list[dict[str, Any]]:
        """What the AP service holds."""
        return [row.body for row in self.ap.rows("vendor", "1")]


def build(twins: tuple[TwinSystem, TwinSystem]) -> World:
    """The customer and the connections in the current tenant."""
    customer = Customer.objects.create(code="alder", name="Alder & Finch")
    entity = Entity.objects.create(customer=customer, code="us", name="Alder & Finch Inc.", functional_currency="USD")
    made = [
        connections.create_connection(
            actor=SYSTEM,
            customer=customer,
            connector=key,
            label=label,
            settings={"system": name},
            credentials={"key": "twin-key"},
        )
        for key, label, name in (("twin_erp", "ERP", "erp"), ("twin_ap", "AP", "ap"))
    ]
    for row in made:
        connections.bind_entity(actor=SYSTEM, connection_id=row.pk, entity=entity, external_company="1")
    mapping = Mapping.objects.create(system="twin", domain="vendors", name="Twins")
    draft = mappings.create_draft(actor=SYSTEM, mapping=mapping)
    mappings.save_draft(actor=SYSTEM, version_id=draft.pk, spec=VENDORS)
    version = mappings.publish(actor=SYSTEM, version_id=draft.pk)
    return World(*twins, customer, entity, *made, version)
