"""A run as a person follows it: how far it is, what became of the records, whether it balances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from portal.pages.values import Difference, difference
from portal.pages.words import OBJECT, OUTCOME, RUN, Amount, Tag, Text, amounts, called, tag_of
from sync.runs.models import Run, RunEntry
from sync.runs.states import OPEN
from sync.runs.work.close import balance

FINISHED = frozenset({"succeeded", "failed", "stopped"})


@dataclass(frozen=True)
class RunRow:
    """One run in a list."""

    run: Run
    tag: Tag
    read: int
    written: int
    left_open: int
    seconds: float | None


@dataclass(frozen=True)
class Line:
    """One outcome: how many records, and their money."""

    outcome: str
    tag: Tag
    count: int
    money: list[Amount]


@dataclass(frozen=True)
class Progress:
    """Where a run is now. `share`: decided records of those read, 0 to 100."""

    run: Run
    tag: Tag
    lines: list[Line]
    read: int
    read_money: list[Amount]
    accounted: int
    share: int
    live: bool
    causes: list[tuple[Text, int]]


@dataclass(frozen=True)
class EntryRow:
    """One record of a run, with what was (or would be) written."""

    entry: RunEntry
    tag: Tag
    object: Text
    changes: list[Difference]


def run_row(run: Run) -> RunRow:
    """A run in a list, from the counts it closed with."""
    counted = {outcome: cell.get("count", 0) for outcome, cell in run.counts.items()}
    ends = run.finished_at and run.started_at
    return RunRow(
        run=run,
        tag=tag_of(RUN, run.state),
        read=sum(counted.values()),
        written=sum(counted.get(outcome, 0) for outcome in ("created", "updated", "retired")),
        left_open=sum(counted.get(outcome, 0) for outcome in OPEN),
        seconds=(run.finished_at - run.started_at).total_seconds() if ends else None,
    )


def progress(run: Run) -> Progress:
    """Counted now, from the rows of the run."""
    counts, read = balance(run)
    lines = [_line(outcome, counts[outcome]) for outcome in OUTCOME if counts.get(outcome, {}).get("count")]
    accounted = sum(line.count for line in lines if line.outcome != "undecided")
    return Progress(
        run=run,
        tag=tag_of(RUN, run.state),
        lines=lines,
        read=read["count"],
        read_money=amounts(read["money"]),
        accounted=accounted,
        share=100 * accounted // read["count"] if read["count"] else 0,
        live=run.state not in FINISHED,
        causes=_causes(run),
    )


def _line(outcome: str, cell: Mapping[str, Any]) -> Line:
    return Line(outcome, tag_of(OUTCOME, outcome), cell["count"], amounts(cell["money"]))


def _causes(run: Run) -> list[tuple[Text, int]]:
    """Why records were left open, the commonest first."""
    found = RunEntry.objects.filter(run=run, outcome__in=OPEN).exclude(sentence="").values_list("sentence")
    return list(found.annotate(n=Count("pk")).order_by("-n")[:8])


def entry_row(entry: RunEntry) -> EntryRow:
    """A record with its changes; what is sensitive is not shown."""
    return EntryRow(
        entry=entry,
        tag=tag_of(OUTCOME, entry.outcome or "undecided"),
        object=called(OBJECT, entry.landing.object),
        changes=[difference(change) for change in entry.changes],
    )
