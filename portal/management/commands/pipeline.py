"""The operator's verbs on pipelines."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from governance.models import ChangeRequest
from governance.services import decide
from portal.management.verbs import PartnerCommand
from sync.desk import live, matching
from sync.desk.change import change_pipeline
from sync.pipelines.models import Pipeline
from sync.pipelines.services import pause

RULES = ("mapping_in_id", "mapping_out_id", "mapping_back_id", "policies", "cutover_on", "interval_seconds")


def _rules(parser: CommandParser) -> None:
    for name in ("in", "out", "back"):
        parser.add_argument(f"--mapping-{name}", dest=f"mapping_{name}_id", type=UUID, help="a published version")
    parser.add_argument("--policies", type=lambda text: [code for code in text.split(",") if code], help="a,b,c")
    parser.add_argument("--cut-over", dest="cutover_on", type=date.fromisoformat, help="a day such as 2026-12-01")
    parser.add_argument("--interval", dest="interval_seconds", type=int, help="seconds between two readings")


class Command(PartnerCommand):
    """`manage.py pipeline --partner acme list|match|accept|go-live|change|approve|pause|resume`."""

    help = "Lists, matches, takes live, pauses and resumes a partner's pipelines."
    verbs = {
        "list": "every pipeline with its state",
        "match": "compare what both systems already hold and propose pairs",
        "accept": "link every pair that is certain",
        "go-live": "ask a second person to take a pipeline live",
        "change": "change its rules; a live one only with a second person, who is shown what it does to the records",
        "approve": "approve such a request, as another person (--as)",
        "pause": "stop reading and writing",
        "resume": "go on after a pause",
    }

    def arguments_of(self, verb: str, parser: CommandParser) -> None:
        if verb == "approve":
            parser.add_argument("change", type=UUID, help="id of the change request")
        elif verb != "list":
            parser.add_argument("pipeline", type=UUID, help="id of the pipeline, see list")
        if verb in ("pause", "change"):
            parser.add_argument("--because", required=True, help="a reason people will read")
        if verb == "change":
            _rules(parser)

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

    def change(self, options: dict[str, Any]) -> None:
        wanted = {name: options[name] for name in RULES if options[name] is not None}
        pipeline = self._pipeline(options)
        asked = change_pipeline(actor=self.actor(options), pipeline=pipeline, reason=options["because"], **wanted)
        if asked is None:
            return self.stdout.write("changed")
        for name, said in asked.shown.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {said}")
        self.stdout.write(f"{asked.pk} waits for a second person: manage.py pipeline … --as EMAIL approve {asked.pk}")
        return None

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
