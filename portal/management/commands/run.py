"""The operator's verbs on runs."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from portal.management.verbs import PartnerCommand
from sync.desk.stopped import abandon
from sync.pipelines.models import Pipeline
from sync.runs.models import Run, RunEntry
from sync.runs.services import request_run, resume
from sync.runs.sweeps import request_sweep

ENDED = ("succeeded", "failed", "stopped")


class Command(PartnerCommand):
    """`manage.py run --partner acme list|start|dry|watch|replay|sweep|resume|abandon`."""

    help = "Starts, shows in advance, watches and repeats runs."
    verbs = {
        "list": "the newest runs",
        "start": "bring over what changed, or with --full everything",
        "dry": "show field by field what a run would write, and write nothing",
        "watch": "follow a run until it ends",
        "replay": "read everything again since a time",
        "sweep": "compare the source's whole list of keys with what was read, to find what was missed or is gone",
        "resume": "go on with a run that stopped for a person",
        "abandon": "give a stopped run up: what was not sent is read again, what was sent is looked for",
    }

    def arguments_of(self, verb: str, parser: CommandParser) -> None:
        if verb in ("start", "dry", "replay", "sweep"):
            parser.add_argument("pipeline", type=UUID)
        if verb in ("start", "dry"):
            parser.add_argument("--full", action="store_true", help="everything, not only what changed")
        if verb in ("watch", "resume", "abandon"):
            parser.add_argument("run", type=UUID)
        if verb == "abandon":
            parser.add_argument("--because", required=True, help="a reason people will read")
        if verb == "replay":
            parser.add_argument("--since", required=True, help="a moment such as 2026-11-01T00:00Z")

    def list(self, options: dict[str, Any]) -> None:
        found = Run.objects.select_related("pipeline").order_by("-created_at")[:30]
        rows = [(r.pk, r.get_state_display(), r.get_kind_display(), r.pipeline.name, _counts(r)) for r in found]
        self.table(rows, 38, 24, 16, 28)

    def start(self, options: dict[str, Any]) -> None:
        self._ask(options, kind="full" if options["full"] else "incremental")

    def dry(self, options: dict[str, Any]) -> None:
        run = self._ask(options, kind="full" if options["full"] else "incremental", dry=True)
        self._follow(run)
        for entry in RunEntry.objects.filter(run=run).select_related("landing").order_by("page", "id"):
            self.stdout.write(f"\n{entry.landing.object} {entry.landing.label}: {entry.operation or entry.sentence}")
            for change in entry.changes:
                before, after = ("•••" if change["sensitive"] and v else v for v in (change["before"], change["after"]))
                self.stdout.write(f"    {change['path']}: {before!s} → {after!s}")

    def replay(self, options: dict[str, Any]) -> None:
        since = datetime.fromisoformat(options["since"].replace("Z", "+00:00"))
        self._ask(options, kind="replay", since=since if since.tzinfo else since.replace(tzinfo=UTC))

    def sweep(self, options: dict[str, Any]) -> None:
        pipeline = Pipeline.objects.get(pk=options["pipeline"])
        run = request_sweep(actor=self.actor(options), pipeline=pipeline)
        self.stdout.write(f"run {run.pk} asked for")

    def watch(self, options: dict[str, Any]) -> None:
        self._follow(Run.objects.get(pk=options["run"]))

    def resume(self, options: dict[str, Any]) -> None:
        resume(actor=self.actor(options), run_id=options["run"])
        self.stdout.write("goes on")

    def abandon(self, options: dict[str, Any]) -> None:
        abandon(actor=self.actor(options), run_id=options["run"], because=options["because"])
        self.stdout.write("given up")

    def _ask(self, options: dict[str, Any], **wanted: Any) -> Run:
        pipeline = Pipeline.objects.get(pk=options["pipeline"])
        run = request_run(actor=self.actor(options), pipeline=pipeline, **wanted)
        self.stdout.write(f"run {run.pk} asked for")
        return run

    def _follow(self, run: Run) -> None:
        shown = ""
        while True:
            run.refresh_from_db()
            line = f"{run.get_state_display()} {_counts(run)} {run.sentence}".strip()
            if line != shown:
                self.stdout.write(line)
                shown = line
            if run.state in ENDED:
                return
            time.sleep(0.3)


def _counts(run: Run) -> str:
    return ", ".join(f"{cell['count']} {outcome}" for outcome, cell in run.counts.items() if cell["count"])
