"""The operator's verbs on pipelines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from governance.models import ChangeRequest
from governance.services import decide
from portal.management.verbs import PartnerCommand
from sync.desk import live, matching
from sync.pipelines.models import Pipeline
from sync.pipelines.services import pause


class Command(PartnerCommand):
    """`manage.py pipeline --partner acme list|match|accept|go-live|approve|pause|resume`."""

    help = "Lists, matches, takes live, pauses and resumes a partner's pipelines."
    verbs = {
        "list": "every pipeline with its state",
        "match": "compare what both systems already hold and propose pairs",
        "accept": "link every pair that is certain",
        "go-live": "ask a second person to take a pipeline live",
        "approve": "approve such a request, as another person (--as)",
        "pause": "stop reading and writing",
        "resume": "go on after a pause",
    }

    def arguments_of(self, verb: str, parser: CommandParser) -> None:
        if verb == "approve":
            parser.add_argument("change", type=UUID, help="id of the change request")
        elif verb != "list":
            parser.add_argument("pipeline", type=UUID, help="id of the pipeline, see list")
        if verb == "pause":
            parser.add_argument("--because", required=True, help="a reason people will read")

    def list(self, options: dict[str, Any]) -> None:
        found = Pipeline.objects.select_related("customer").order_by("customer__name", "created_at")
        self.table([(p.pk, p.get_state_display(), p.customer.name, p.name) for p in found], 38, 10, 28)

    def match(self, options: dict[str, Any]) -> None:
        counted = matching.match(actor=self.actor(options), pipeline=self._pipeline(options))
        self.table(sorted(counted.items()), 24)

    def accept(self, options: dict[str, Any]) -> None:
        linked = matching.accept_certain(actor=self.actor(options), pipeline=self._pipeline(options))
        self.stdout.write(f"{linked} pairs linked")

    def go_live(self, options: dict[str, Any]) -> None:
        change = live.ask_go_live(actor=self.actor(options), pipeline=self._pipeline(options))
        self.stdout.write(f"{change.pk} waits for a second person: manage.py pipeline … --as EMAIL approve {change.pk}")

    def approve(self, options: dict[str, Any]) -> None:
        change = ChangeRequest.objects.get(pk=options["change"])
        decision = decide(
            actor=self.actor(options), change_request_id=change.pk, approve=True, shown_digest=change.shown_digest
        )
        self.stdout.write(decision.get_outcome_display())

    def pause(self, options: dict[str, Any]) -> None:
        pause(actor=self.actor(options), pipeline=self._pipeline(options), because=options["because"])
        self.stdout.write("paused")

    def resume(self, options: dict[str, Any]) -> None:
        live.go_on(actor=self.actor(options), pipeline=self._pipeline(options))
        self.stdout.write("live again")

    def _pipeline(self, options: dict[str, Any]) -> Pipeline:
        return Pipeline.objects.get(pk=options["pipeline"])
