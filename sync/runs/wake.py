"""Who has to be looked at again, because a parent arrived or because a record changed while it was being written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sync.links.models import Landing, Link, RecordState, Wait
from sync.links.selectors import counterparts, waiting_for
from sync.pipelines.models import Pipeline
from sync.runs.models import RunEntry
from sync.runs.services import request_records


def after_arrival(links: Sequence[Link]) -> None:
    """Asks again for every record that waited for one of these parents, by its id on either side."""
    by_parent: dict[tuple[UUID, str], set[str]] = defaultdict(set)
    for link in links:
        by_parent[link.source_id, link.object].add(link.source_external_id)
        by_parent[link.target_id, link.object].add(link.target_external_id)
    for (connection_id, obj), ids in by_parent.items():
        again(waiting_for(connection_id, obj, ids), trigger="parent")


def after_change(pipeline: Pipeline, entries: Sequence[RunEntry]) -> None:
    """A newer version landed while an older one was in the air: it is taken next."""
    request_records(pipeline, [e.landing for e in entries], trigger="parent")


def after_planning(pipeline: Pipeline, waits: Sequence[Wait]) -> None:
    """A parent that arrived while its children were being decided has not seen them waiting: they are asked again."""
    wanted = {(wait.object, wait.external_id) for wait in waits}
    arrived = set(counterparts(pipeline.source_id, pipeline.target_id, wanted))
    records = {wait.record for wait in waits if (wait.object, wait.external_id) in arrived}
    again(list(records), trigger="parent")


def again(records: Sequence[RecordState], *, trigger: str) -> None:
    """Asks for these records once, grouped by pipeline; a wait ends only when its record has been asked for."""
    by_pipeline: dict[UUID, list[RecordState]] = defaultdict(list)
    for record in records:
        by_pipeline[record.pipeline_id].append(record)
    for group in by_pipeline.values():
        landings: list[Landing] = [record.landing for record in group]
        if request_records(group[0].pipeline, landings, trigger=trigger) is not None:
            Wait.objects.filter(record__in=[record.pk for record in group]).delete()
