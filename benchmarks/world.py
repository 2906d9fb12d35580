"""A customer whose ERP and AP service are both stand-ins, and a vendor pipeline between them.

Source and target are `python -m sandbox` processes spoken to over HTTP; the connector is the product's own.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from connectors import services as connections
from connectors.models import Connection
from mappings.selectors import newest
from sync.pipelines.models import Pipeline
from sync.pipelines.services import create_pipeline, move
from sync.runs.models import Run
from sync.runs.services import request_run
from sync.runs.work.flow import Flow, Flows
from tenancy.accounts.actors import SYSTEM
from tenancy.base import new_id
from tenancy.context import current_schema
from tenancy.customers.models import Customer, Entity
from tenancy.jobs.models import Job
from tenancy.jobs.worker import work_turn

NOBODY = "http://127.0.0.1:9"  # the address of a system that is never called
COMPANY = "co-1"
CHUNK = 2_000  # records seeded by one call


@dataclass
class World:
    """One customer of the current tenant, its two connections and its pipeline."""

    customer: Customer
    source: Connection
    target: Connection
    pipeline: Pipeline

    def flow(self) -> Flow:
        """The pipeline's only lane, opened."""
        flows = Flows(self.pipeline)
        return flows.open(flows.lanes[0])

    def run(self, kind: str = "full") -> Run:
        """Asks for a run and works it in this process, as a worker would; raises where it does not finish."""
        run = request_run(actor=SYSTEM, pipeline=self.pipeline, kind=kind, trigger="schedule")
        work_off()
        run.refresh_from_db()
        if run.state != "succeeded":
            raise RuntimeError(f"The run is {run.state}: {run.sentence}")
        return run


def build(source: str = NOBODY, target: str = NOBODY, *, domain: str = "vendors") -> World:
    """A customer of the current tenant with a live pipeline; no policy is left out."""
    customer = Customer.objects.create(code=new_id().hex[:12], name="Bench")
    entity = Entity.objects.create(customer=customer, code="us", name="Bench Inc.", functional_currency="USD")
    rows = [_connection(customer, entity, *end) for end in (("bench_erp", source), ("ap_sandbox", target))]
    mapping = newest("ap_sandbox", domain)
    pipeline = create_pipeline(
        actor=SYSTEM, customer_id=customer.pk, domain=domain, source_id=rows[0].pk, target_id=rows[1].pk,
        mapping_in_id=mapping.pk, mapping_out_id=mapping.pk, mapping_back_id=mapping.pk,
        entities=[(entity, COMPANY, COMPANY)], interval_seconds=86_400,
    )  # fmt: skip
    move(actor=SYSTEM, pipeline=pipeline, to="matching")
    live = move(actor=SYSTEM, pipeline=pipeline, to="live")
    return World(customer, *rows, live)


def _connection(customer: Customer, entity: Entity, connector: str, url: str) -> Connection:
    row = connections.create_connection(
        actor=SYSTEM, customer=customer, connector=connector, label=connector,
        settings={"base_url": url, "sign_in": "token"}, credentials={"token": "stand-in-token"},
    )  # fmt: skip
    connections.bind_entity(actor=SYSTEM, connection_id=row.pk, entity=entity, external_company=COMPANY)
    return row


def work_off(seconds: float = 1_800) -> None:
    """A worker's turns until no job is waiting."""
    schema, until = current_schema(), time.monotonic() + seconds
    while (waiting := Job.objects.filter(state__in=["queued", "working"])).exists():
        if not work_turn(schema):
            time.sleep(0.02)
        if time.monotonic() > until:
            raise TimeoutError(f"Jobs were left: {list(waiting.values_list('kind', 'last_error'))}")


def seed(control: Any, records: list[dict[str, Any]], kind: str = "suppliers") -> list[str]:
    """Puts records into a stand-in; their ids."""
    ids: list[str] = []
    for start in range(0, len(records), CHUNK):
        ids += control.seed(**{kind: records[start : start + CHUNK]})[kind]
    return ids


def new_run(pipeline: Pipeline) -> Run:
    """A run in work, for a benchmark that drives a stage of it itself."""
    return Run.objects.create(id=new_id(), pipeline=pipeline, kind="full", trigger="schedule", state="working")


def record_tables() -> list[str]:
    """Every table of the rooms that hold records and what became of them."""
    from django.apps import apps

    return sorted(model._meta.db_table for model in apps.get_app_config("sync").get_models())


def row_writes(schema: str, tables: list[str]) -> dict[str, int]:
    """Rows inserted, updated and deleted so far, by table, as PostgreSQL itself counts them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables"
            " WHERE schemaname = %s AND relname = ANY(%s)",
            [schema, tables],
        )
        return dict(cursor.fetchall())
