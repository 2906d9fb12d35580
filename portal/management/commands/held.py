"""The operator's verbs on held items."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from governance.models import ChangeRequest
from governance.services import decide
from portal.management.verbs import PartnerCommand
from sync.desk import alarms, conflicts, held
from sync.runs.models import WorkItem


class Command(PartnerCommand):
    """`manage.py held --partner acme list|release|approve|retry|ours|theirs|let-go-on`."""

    help = "Lists what is held, asks for its release, approves a release, takes a record again."
    verbs = {
        "list": "open items, oldest first",
        "release": "ask a second person to let an item pass",
        "approve": "approve a release, as that second person (--as)",
        "retry": "take the record again from its source",
        "ours": "both systems changed a field: the source is right (--as)",
        "theirs": "both systems changed a field: the other side keeps its value (--as)",
        "let-go-on": "a run stopped because its figures were hard to believe: they are right, let it go on",
    }

    def arguments_of(self, verb: str, parser: CommandParser) -> None:
        if verb not in ("list", "approve"):
            parser.add_argument("item", type=UUID)
        if verb == "approve":
            parser.add_argument("change", type=UUID)
        if verb in ("release", "ours", "theirs", "let-go-on"):
            parser.add_argument("--comment", default="", help="why, for whoever reads it later")

    def list(self, options: dict[str, Any]) -> None:
        for item in WorkItem.objects.filter(state="open").select_related("record__landing").order_by("opened_at"):
            label = item.record.landing.label if item.record else ""
            self.stdout.write(
                f"{item.pk} {item.code:24} {item.amount or ''} {item.currency} {label}\n    {item.sentence}"
            )

    def release(self, options: dict[str, Any]) -> None:
        change = held.ask_release(actor=self.actor(options), item_id=options["item"], comment=options["comment"])
        self.stdout.write(f"{change.pk} waits for a second person: manage.py held … --as EMAIL approve {change.pk}")

    def approve(self, options: dict[str, Any]) -> None:
        change = ChangeRequest.objects.get(pk=options["change"])
        decision = decide(
            actor=self.actor(options), change_request_id=change.pk, approve=True, shown_digest=change.shown_digest
        )
        self.stdout.write(decision.get_outcome_display())

    def retry(self, options: dict[str, Any]) -> None:
        item = WorkItem.objects.select_related("record__landing", "record__pipeline").get(pk=options["item"])
        if item.record is None:
            raise ValueError("This item is about a whole run, not about one record: resume the run instead.")
        held.retry(actor=self.actor(options), records=[item.record])
        self.stdout.write("asked for")

    def let_go_on(self, options: dict[str, Any]) -> None:
        run = alarms.let_run_go_on(actor=self.actor(options), item_id=options["item"], comment=options["comment"])
        self.stdout.write(f"run {run.pk} goes on")

    def ours(self, options: dict[str, Any]) -> None:
        self._said(conflicts.take_ours(**self._word(options)))

    def theirs(self, options: dict[str, Any]) -> None:
        self._said(conflicts.keep_theirs(**self._word(options)))

    def _word(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"actor": self.actor(options), "item_id": options["item"], "comment": options["comment"]}

    def _said(self, change: ChangeRequest | None) -> None:
        if change is None:
            self.stdout.write("settled; the record is taken again")
        else:
            self.stdout.write(f"{change.pk} waits for the customer: manage.py held … --as EMAIL approve {change.pk}")
