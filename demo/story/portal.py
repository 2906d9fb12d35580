"""People at the portal: they ask for runs, look at what is held, ask for releases and decide. Needs Django set up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connectors.models import Connection
from demo.partners import CUSTOMER, person
from demo.story.table import StoryFault, expect, wait
from governance.services import decide
from sync.desk import held
from sync.links.models import Landing
from sync.pipelines.models import Pipeline
from sync.runs.models import Run, RunEntry, WorkItem
from sync.runs.services import request_run
from tenancy.accounts.actors import Actor
from tenancy.customers.models import Customer

ENDED = ("succeeded", "failed", "stopped")


@dataclass(frozen=True)
class Portal:
    """The partner's portal, in its tenant's context."""

    @cached_property
    def customer(self) -> Customer:
        return Customer.objects.get(code=CUSTOMER)

    @cached_property
    def connections(self) -> dict[str, Connection]:
        """ "erp" and "ap"."""
        found = {row.connector: row for row in Connection.objects.filter(customer=self.customer)}
        return {"erp": found["tryton"], "ap": found["ap_sandbox"]}

    def person(self, login: str) -> Actor:
        return person(login)

    def pipeline(self, domain: str) -> Pipeline:
        return Pipeline.objects.get(customer=self.customer, domain=domain)

    def run(self, domain: str, seconds: float = 120.0) -> Run:
        """The engineer brings over what changed; returns the run once it has ended well."""
        return self.ended(self.ask(domain), seconds)

    def ask(self, domain: str) -> Run:
        return request_run(actor=person("engineer"), pipeline=self.pipeline(domain))

    def ended(self, run: Run, seconds: float = 120.0) -> Run:
        found = wait(f"the end of the run of {run.pipeline.name}", lambda: _ended(run), seconds)
        expect(found.state == "succeeded", f"the run of {run.pipeline.name} {found.state}: {found.sentence}")
        expect(found.balanced, f"the run of {run.pipeline.name} does not balance")
        return found

    def landing(self, side: str, obj: str, external_id: object) -> Landing:
        found = Landing.objects.filter(
            connection=self.connections[side], object=obj, external_id=str(external_id)
        ).first()
        if found is None:
            raise StoryFault(f"the portal has not read {obj} {external_id} of the {side.upper()}")
        return found

    def correlation(self, side: str, obj: str, external_id: object) -> str:
        return self.landing(side, obj, external_id).correlation_id

    def items(self, side: str, obj: str, external_id: object, state: str = "open") -> list[WorkItem]:
        """What is held of a record."""
        rows = WorkItem.objects.filter(
            record__landing__connection=self.connections[side], record__landing__object=obj,
            record__landing__external_id=str(external_id), state=state,
        )  # fmt: skip
        return list(rows.order_by("opened_at"))

    def held(self, side: str, obj: str, external_id: object, code: str, seconds: float = 60.0) -> WorkItem:
        """The open item of a record with this code, as soon as it is there."""

        def look() -> WorkItem | None:
            return next((item for item in self.items(side, obj, external_id) if item.code == code), None)

        return wait(f"{obj} {external_id} held because of {code}", look, seconds)

    def state_of(self, side: str, obj: str, external_id: object) -> str:
        """Where a record stands: the outcome of its last decision, and why."""
        entry = (
            RunEntry.objects.filter(
                landing__connection=self.connections[side], landing__object=obj, landing__external_id=str(external_id)
            )
            .order_by("-created_at")
            .first()
        )
        return f"{entry.outcome or entry.state} {entry.reason} {entry.sentence}".strip() if entry else "not read"

    def ask_release(self, item: WorkItem, comment: str) -> Any:
        return held.ask_release(actor=person("clerk"), item_id=item.pk, comment=comment)

    def retry(self, item: WorkItem) -> None:
        """The clerk has the record taken again."""
        assert item.record is not None
        held.retry(actor=person("clerk"), records=[item.record])

    def decide(self, change: Any, login: str, comment: str, *, approve: bool = True) -> None:
        decide(
            actor=person(login), change_request_id=change.pk, approve=approve, comment=comment,
            shown_digest=change.shown_digest,
        )  # fmt: skip


def _ended(run: Run) -> Run | None:
    run.refresh_from_db()
    return run if run.state in ENDED else None
