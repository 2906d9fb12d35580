"""Sets the demo's data up, as its people would: partners, customer, connections, pipelines, matching, going live."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

PASSWORD = "demo-Passw0rd!"
PEOPLE = (
    ("engineer", "Erin Engineer", "engineer"),
    ("approver", "Avery Approver", "approver"),
    ("clerk", "Casey Clerk", "clerk"),
    ("controller", "Cory Controller", "customer_controller"),
    ("viewer", "Vic Viewer", "customer_viewer"),
)
PARTNERS = (
    ("northgate", "Northgate Advisors", "#0f766e"),
    ("sunny", "Sunny Books", "#facc15"),
)


@dataclass
class Seed:
    """One run of the set-up. Everything it finds done it leaves as it is."""

    ap_url: str
    erp_url: str
    var: Path

    def run(self) -> None:
        """The whole story of a first week, in order."""
        for slug, name, colour in PARTNERS:
            self.partner(slug, name, colour)
        from tenancy.context import tenant_context
        from tenancy.partners.selectors import partner_by_slug

        with tenant_context(partner_by_slug("northgate").schema_name):
            self.customer_goes_live()
        self.say_what_to_try()

    # ------------------------------------------------------------------------------------------------ partners
    def partner(self, slug: str, name: str, colour: str) -> None:
        from tenancy.accounts import services as accounts
        from tenancy.accounts.actors import SYSTEM
        from tenancy.context import tenant_context
        from tenancy.customers.models import Customer, Entity
        from tenancy.partners.models import Partner
        from tenancy.partners.services import open_partner

        if Partner.objects.filter(slug=slug).exists():
            return
        with step(f"{name}: opened at {slug}.localhost"):
            partner = open_partner(
                actor=SYSTEM, slug=slug, name=name, domain=f"{slug}.localhost", colour=colour,
                owner_email=f"owner@{slug}.example", owner_name="Olive Owner", owner_password=PASSWORD,
            )  # fmt: skip
            with tenant_context(partner.schema_name):
                customer = Customer.objects.create(code="alder-finch", name="Alder & Finch Group")
                for code, entity, currency, zone in (
                    ("us", "Alder & Finch Trading Inc.", "USD", "America/New_York"),
                    ("eu", "Alder & Finch Europe GmbH", "EUR", "Europe/Berlin"),
                ):
                    Entity.objects.create(
                        customer=customer, code=code, name=entity, functional_currency=currency, time_zone=zone
                    )
                for login, person, role in PEOPLE:
                    user = accounts.create_user(
                        actor=SYSTEM, email=f"{login}@{slug}.example", name=person, password=PASSWORD
                    )
                    scope = {"customer_id": customer.pk} if role.startswith("customer_") else {}
                    accounts.grant(actor=SYSTEM, user=user, role=role, **scope)

    # ------------------------------------------------------------------------------------------------ customer
    def customer_goes_live(self) -> None:
        from mappings.services import load_templates
        from sync.pipelines.models import Pipeline
        from sync.pipelines.states import DOMAINS
        from tenancy.customers.models import Customer

        customer = Customer.objects.get(code="alder-finch")
        if not Pipeline.objects.exists():
            with step("AP service: filled with what it already held"):
                self.fill_ap()
            with step("mapping templates: taken in"):
                load_templates()
            with step("connections to ERP and AP service: made and tested"):
                erp_side, ap_side = self.connections(customer)
            for domain in DOMAINS:
                self.pipeline(customer, domain, erp_side, ap_side)
        for pipeline in Pipeline.objects.order_by("created_at"):
            self.go_live(pipeline)
        self.wait_for_runs()
        self.agree(customer)

    def fill_ap(self) -> None:
        from demo import ap_world
        from demo.erp.facts import load
        from sandbox.launch import Control

        control = Control(self.ap_url)
        control.call("POST", "/seed", ap_world.seed(load(self.var / "erp")))

    def connections(self, customer: Any) -> tuple[Any, Any]:
        from connectors import services
        from demo import ap_world
        from demo.erp.facts import load
        from tenancy.accounts.actors import SYSTEM

        facts = load(self.var / "erp")
        erp_row = services.create_connection(
            actor=SYSTEM, customer=customer, connector="tryton", label="ERP",
            settings={"base_url": self.erp_url, "database": facts.database},
            credentials={"api_key": facts.keys["portal"]},
        )  # fmt: skip
        ap_row = services.create_connection(
            actor=SYSTEM, customer=customer, connector="ap_sandbox", label="AP automation",
            settings={"base_url": self.ap_url, "sign_in": "token"}, credentials={"token": "stand-in-token"},
        )  # fmt: skip
        for row in (erp_row, ap_row):
            check = services.test_connection(actor=SYSTEM, connection_id=row.pk)
            if not check.ok:
                sys.exit(f"{row.label}: {check.sentence}")
        for entity in customer.entities.all():
            companies = (str(facts.companies[entity.code]), ap_world.HOUSE[entity.code])
            for row, company in zip((erp_row, ap_row), companies, strict=True):
                services.bind_entity(actor=SYSTEM, connection_id=row.pk, entity=entity, external_company=company)
        self.ask_for_notifications(ap_row)
        return erp_row, ap_row

    def ask_for_notifications(self, ap_row: Any) -> None:
        """The AP service rings whenever something changes; systems on this machine reach the portal by address."""
        from connectors import services
        from tenancy.accounts.actors import SYSTEM
        from tenancy.context import public_context
        from tenancy.partners.models import Domain
        from tenancy.partners.selectors import partner_by_slug

        with public_context():
            Domain.objects.get_or_create(
                domain="127.0.0.1", defaults={"tenant": partner_by_slug("northgate"), "is_primary": False}
            )
        web = os.environ.get("DEMO_WEB_PORT", "8000")
        endpoint = {"url": f"http://127.0.0.1:{web}/hooks/{ap_row.pk}/"}
        request = urllib.request.Request(
            f"{self.ap_url}/api/v1/webhook-endpoints",
            json.dumps(endpoint).encode(),
            {"Authorization": "Bearer stand-in-token", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            secret = json.load(answer)["secret"]
        services.add_webhook_secret(actor=SYSTEM, connection_id=ap_row.pk, secret=secret)

    def pipeline(self, customer: Any, domain: str, erp_row: Any, ap_row: Any) -> None:
        from connectors.selectors import external_company
        from mappings.selectors import NotMapped, newest
        from sync.pipelines.services import create_pipeline
        from sync.pipelines.states import DOMAINS
        from tenancy.accounts.actors import SYSTEM

        source, target = (erp_row, ap_row) if DOMAINS[domain].source_role == "erp" else (ap_row, erp_row)
        mapping = {"erp": "tryton", "ap": "ap_sandbox"}
        try:
            inbound = newest(mapping[DOMAINS[domain].source_role], domain)
            outbound = newest(mapping[DOMAINS[domain].target_role], domain)
        except NotMapped as gap:
            print(f"  {domain}: left out ({gap})", flush=True)
            return
        create_pipeline(
            actor=SYSTEM, customer_id=customer.pk, domain=domain, source_id=source.pk, target_id=target.pk,
            mapping_in_id=inbound.pk, mapping_out_id=outbound.pk, mapping_back_id=outbound.pk, interval_seconds=15,
            entities=[
                (entity, external_company(source.pk, entity.pk), external_company(target.pk, entity.pk))
                for entity in customer.entities.order_by("created_at")
            ],
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------ going live
    def go_live(self, pipeline: Any) -> None:
        from governance.services import decide
        from sync.agreement.services import agree
        from sync.desk import live, matching
        from sync.pipelines.models import MatchProposal

        if pipeline.state not in ("draft", "matching"):
            return
        engineer, controller = person("engineer"), person("controller")
        with step(f"{pipeline.name}: matched") as note:
            counted = matching.match(actor=engineer, pipeline=pipeline)
            matching.accept_certain(actor=engineer, pipeline=pipeline)
            for proposal in MatchProposal.objects.filter(pipeline=pipeline, certainty="likely", verdict="open"):
                if MatchProposal.objects.filter(pk=proposal.pk, verdict="open").exists():
                    matching.judge(actor=engineer, proposal_id=proposal.pk, verdict="linked")
            note.append(", ".join(f"{n} {what}" for what, n in sorted(counted.items())) or "nothing to match")
        with step(f"{pipeline.name}: opening agreement, second person's yes, live") as note:
            opening = agree(actor=engineer, customer_id=pipeline.customer_id, opening=True)
            note.append(f"{opening.unexplained} unexplained")
            change = live.ask_go_live(actor=engineer, pipeline=pipeline, reason="Matched and agreed")
            decide(
                actor=controller, change_request_id=change.pk, approve=True, comment="Figures agree",
                shown_digest=change.shown_digest,
            )  # fmt: skip
        self.wait_for_runs()

    def wait_for_runs(self, seconds: float = 120.0) -> None:
        """Until nothing runs any more; each finished run is a line."""
        from sync.runs.models import Run

        waiting, until = (
            {run.pk: run for run in Run.objects.filter(state__in=["queued", "working"])},
            time.monotonic() + seconds,
        )
        while waiting and time.monotonic() < until:
            time.sleep(0.2)
            for run in Run.objects.filter(pk__in=list(waiting)).exclude(state__in=["queued", "working"]):
                counts = ", ".join(
                    f"{cell['count']} {outcome}" for outcome, cell in run.counts.items() if cell["count"]
                )
                print(
                    f"  {run.pipeline.name}: {run.get_state_display().lower()} ({counts or run.sentence or 'nothing'})",
                    flush=True,
                )
                del waiting[run.pk]
        if waiting:
            sys.exit("The first runs did not finish in time; look at: manage.py run --partner northgate list")

    def agree(self, customer: Any) -> None:
        from sync.agreement.services import agree

        with step("agreement of both systems") as note:
            taken = agree(actor=person("engineer"), customer_id=customer.pk)
            note.append(f"{taken.unexplained} differences unexplained")

    # ---------------------------------------------------------------------------------------------------- words
    def say_what_to_try(self) -> None:
        web = os.environ.get("DEMO_WEB_PORT", "8000")
        print("\nSign in (password of everybody: " + PASSWORD + ")")
        for slug, name, _ in PARTNERS:
            print(
                f"  {name:22} http://{slug}.localhost:{web}/   owner@{slug}.example, engineer@…, clerk@…, controller@…"
            )
        print(f"  AP service (stand-in)  {self.ap_url}/")
        print(f"  ERP (Tryton, REST)     {self.erp_url}/")
        print("\nTry: change a vendor in the ERP and watch it arrive; upload an e-invoice in the AP service;")
        print("     `make story` plays a whole purchase-to-pay day against these systems.")


def person(login: str) -> Any:
    """One of the demo's people, as an actor in the current partner."""
    from tenancy.accounts.actors import Actor
    from tenancy.accounts.models import User

    return Actor.of(User.objects.get(email__startswith=f"{login}@"))


@contextmanager
def step(what: str) -> Iterator[list[str]]:
    """A progress line with its seconds; what is appended to the list is said after it."""
    began, notes = time.monotonic(), []  # type: float, list[str]
    yield notes
    said = f"{what} ({', '.join(notes)})" if notes else what
    print(f"  {said:<76} {time.monotonic() - began:5.1f} s", flush=True)


def main() -> int:
    """Entry point; the environment says which installation."""
    parser = argparse.ArgumentParser(prog="python -m demo.seed", description=__doc__)
    parser.add_argument("--ap", type=int, required=True, help="port of the AP service")
    parser.add_argument("--erp", type=int, required=True, help="port of the ERP")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    var = Path(os.environ.get("PORTAL_VAR", "var"))
    Seed(f"http://127.0.0.1:{options.ap}", f"http://127.0.0.1:{options.erp}", var).run()
    (var / "demo.json").write_text(json.dumps({"ap": options.ap, "erp": options.erp}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
