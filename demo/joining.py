"""Both systems are joined: the AP service gets what it already held, connections, notifications, pipelines."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Mapping
from typing import Any

from connectors import services
from connectors.models import Connection, WebhookSecret
from connectors.selectors import external_company
from demo import ap_world
from demo.erp import ErpFacts
from demo.lines import step
from mappings.selectors import newest
from mappings.services import load_templates
from sandbox.launch import Control
from sync.pipelines.models import Pipeline
from sync.pipelines.services import create_pipeline
from sync.pipelines.states import DOMAINS
from tenancy.accounts.actors import SYSTEM
from tenancy.context import public_context
from tenancy.customers.models import Customer
from tenancy.partners.models import Domain
from tenancy.partners.selectors import partner_by_slug

TOKEN = "stand-in-token"
INTERVAL_SECONDS = 15
SYSTEMS = {"erp": "tryton", "ap": "ap_sandbox"}


class SystemFault(Exception):
    """One of the systems did not do what setting up needs; the text is one sentence."""


def join(customer: Customer, facts: ErpFacts, *, erp_url: str, ap_url: str) -> None:
    """Does what is not done yet; a second call changes nothing."""
    fill_ap(facts, ap_url)
    load_templates()
    if Pipeline.objects.filter(customer=customer).count() != len(DOMAINS):
        with step("connections to ERP and AP service: made and tested"):
            erp_side = _connection(
                customer, "tryton", "ERP", {"base_url": erp_url, "database": facts.database},
                {"api_key": facts.keys["portal"]},
            )  # fmt: skip
            ap_side = _connection(
                customer, "ap_sandbox", "AP automation", {"base_url": ap_url, "sign_in": "token"}, {"token": TOKEN}
            )
            _bind(customer, erp_side, {code: str(company) for code, company in facts.companies.items()})
            _bind(customer, ap_side, ap_world.HOUSE)
            _ask_for_notifications(ap_side, ap_url)
        for domain in DOMAINS:
            _pipeline(customer, domain, {"erp": erp_side, "ap": ap_side})


def fill_ap(facts: ErpFacts, ap_url: str) -> None:
    """The AP service has been used before: it knows most suppliers, spelled by other hands."""
    control = Control(ap_url)
    if not control.state("suppliers")["suppliers"]:
        with step("AP service: filled with what it already held"):
            for company, fields in ap_world.companies().items():
                control.call("POST", "/edit", {"kind": "companies", "id": company, "fields": fields})
            control.call("POST", "/seed", ap_world.seed(facts))


def _bind(customer: Customer, row: Connection, companies: Mapping[str, str]) -> None:
    for entity in customer.entities.all():
        services.bind_entity(actor=SYSTEM, connection_id=row.pk, entity=entity, external_company=companies[entity.code])


def _connection(
    customer: Customer, key: str, label: str, settings: dict[str, str], secrets: dict[str, str]
) -> Connection:
    row = Connection.objects.filter(customer=customer, label=label).first() or services.create_connection(
        actor=SYSTEM, customer=customer, connector=key, label=label, settings=settings, credentials=secrets
    )
    check = services.test_connection(actor=SYSTEM, connection_id=row.pk)
    if not check.ok:
        raise SystemFault(f"{row.label}: {check.sentence}")
    return row


def _ask_for_notifications(row: Connection, ap_url: str) -> None:
    """The AP service rings whenever something changes; systems on this machine reach the portal by address."""
    if WebhookSecret.objects.filter(connection=row).exists():
        return
    with public_context():
        partner = partner_by_slug("northgate")
        Domain.objects.get_or_create(domain="127.0.0.1", defaults={"tenant": partner, "is_primary": False})
    web = os.environ.get("DEMO_WEB_PORT", "8000")
    answer = _call_ap(ap_url, "/api/v1/webhook-endpoints", {"url": f"http://127.0.0.1:{web}/hooks/{row.pk}/"})
    services.add_webhook_secret(actor=SYSTEM, connection_id=row.pk, secret=answer["secret"])


def _call_ap(ap_url: str, path: str, body: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(ap_url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def _pipeline(customer: Customer, domain: str, sides: dict[str, Connection]) -> None:
    if Pipeline.objects.filter(customer=customer, domain=domain).exists():
        return
    declared = DOMAINS[domain]
    source, target = sides[declared.source_role], sides[declared.target_role]
    inbound, outbound = newest(SYSTEMS[declared.source_role], domain), newest(SYSTEMS[declared.target_role], domain)
    entities = [
        (entity, external_company(source.pk, entity.pk) or "", external_company(target.pk, entity.pk) or "")
        for entity in customer.entities.order_by("created_at")
    ]
    create_pipeline(
        actor=SYSTEM, customer_id=customer.pk, domain=domain, source_id=source.pk, target_id=target.pk,
        mapping_in_id=inbound.pk, mapping_out_id=outbound.pk, mapping_back_id=outbound.pk,
        interval_seconds=INTERVAL_SECONDS, entities=entities,
    )  # fmt: skip
