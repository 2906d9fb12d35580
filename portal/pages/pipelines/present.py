"""Pipelines as a list shows them: does it run, what waits, how much money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Sum

from portal.pages.words import PIPELINE, RUN, Amount, Tag, amounts, tag_of
from sync.pipelines.models import Pipeline
from sync.runs.models import Run, WorkItem

ICONS: Mapping[str, str] = {
    "vendors": "building-2",
    "coding": "list-tree",
    "orders": "clipboard-list",
    "invoices": "file-text",
    "approvals": "badge-check",
    "payments": "banknote",
}


@dataclass(frozen=True)
class Waiting:
    """Open items: how many, and their money per currency."""

    count: int = 0
    money: list[Amount] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """One pipeline in a list."""

    pipeline: Pipeline
    icon: str
    tag: Tag
    run: Run | None
    run_tag: Tag | None
    waiting: Waiting


def rows(pipelines: Sequence[Pipeline]) -> list[Row]:
    """The pipelines with their latest run and open items, in two queries."""
    ids = [pipeline.pk for pipeline in pipelines]
    newest = (
        Run.objects.filter(pipeline__in=ids, dry=False).order_by("pipeline_id", "-created_at").distinct("pipeline_id")
    )
    runs = {run.pipeline_id: run for run in newest}
    open_items = waiting(ids)
    return [_row(pipeline, runs.get(pipeline.pk), open_items) for pipeline in pipelines]


def waiting(pipeline_ids: Sequence[UUID]) -> dict[UUID, Waiting]:
    """Open items of each pipeline."""
    found = WorkItem.objects.filter(pipeline__in=pipeline_ids, state="open").values_list("pipeline_id", "currency")
    counts: dict[UUID, int] = defaultdict(int)
    money: dict[UUID, list[tuple[str, object]]] = defaultdict(list)
    for pipeline_id, currency, count, total in found.annotate(n=Count("pk"), total=Sum("amount")).order_by():
        counts[pipeline_id] += count
        money[pipeline_id].append((currency, total))
    return {pk: Waiting(count, amounts(money[pk])) for pk, count in counts.items()}


def _row(pipeline: Pipeline, run: Run | None, open_items: Mapping[UUID, Waiting]) -> Row:
    return Row(
        pipeline=pipeline,
        icon=ICONS.get(pipeline.domain, "workflow"),
        tag=tag_of(PIPELINE, pipeline.state),
        run=run,
        run_tag=tag_of(RUN, run.state) if run else None,
        waiting=open_items.get(pipeline.pk, Waiting()),
    )
