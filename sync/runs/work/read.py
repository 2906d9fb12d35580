"""Reading: the next page of a run, whatever kind of run it is, and where it goes on afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.base import RawRecord
from sync.links.models import Landing
from sync.pipelines.models import Cursor
from sync.runs.models import Run, RunTarget
from sync.runs.work.flow import Flow, Flows

PAGE_SIZE = 500
CHOSEN_AT_ONCE = 50
READERS = 8
Json = dict[str, Any]


@dataclass(frozen=True)
class Position:
    """Where a run is: which lane, which page, the source's cursor within the lane."""

    lane: int = 0
    page: int = 0
    cursor: Json | None = None
    started: bool = False  # the lane's stored cursor has been taken up

    @classmethod
    def of(cls, run: Run) -> Position:
        """As saved with the run."""
        return cls(**run.position) if run.position else cls()

    def saved(self) -> Json:
        """For `run.position`."""
        return {"lane": self.lane, "page": self.page, "cursor": self.cursor, "started": self.started}


@dataclass(frozen=True)
class PageRead:
    """One page, the flow it belongs to, where the run stands after it, and whether every record must be decided."""

    flow: Flow
    records: Sequence[RawRecord]
    after: Position
    force: bool
    targets: Sequence[RunTarget] = ()
    remember: Json | None = None  # the cursor the lane starts from next time


def next_page(run: Run, flows: Flows) -> PageRead | None:
    """Reads the next page over HTTP (outside any transaction); None when everything has been read."""
    if run.kind == "records":
        return _chosen(run, flows)
    position = Position.of(run)
    if position.lane >= len(flows.lanes):
        return None
    lane = flows.lanes[position.lane]
    flow = flows.open(lane)
    if not position.started:
        position = replace(position, cursor=_start(run, flow), started=True)
    page = flow.source.read(lane.object, company=lane.source_company, cursor=position.cursor, limit=PAGE_SIZE)
    after = replace(position, page=position.page + 1, cursor=page.cursor)
    if not page.more:
        after = Position(lane=position.lane + 1, page=position.page + 1)
    return PageRead(flow, page.records, after, run.kind == "replay", remember=page.cursor or position.cursor)


def _start(run: Run, flow: Flow) -> Json | None:
    """Everything, since a time, or since the last time."""
    if run.kind == "replay" and run.since is not None:
        return cursor_at(flow, run.since)
    if run.kind == "full":
        return None
    stored = Cursor.objects.filter(pipeline=run.pipeline_id, object=flow.object, company=flow.lane.company).values_list(
        "value", flat=True
    )
    return stored.first()


def cursor_at(flow: Flow, since: datetime) -> Json | None:
    """A cursor of this source for a moment, or None (everything) where it cannot read by time."""
    return flow.source.cursor_since(flow.object, since) if flow.source_spec.incremental else None


def _chosen(run: Run, flows: Flows) -> PageRead | None:
    """The next chosen records of one lane, each fetched as it is now."""
    first = RunTarget.objects.filter(run=run, taken=False).order_by("id").first()
    if first is None:
        return None
    lane = flows.lane(first.object, first.company)
    flow = flows.open(lane)
    same = RunTarget.objects.filter(run=run, taken=False, object=first.object, company=first.company).order_by("id")
    targets = list(same[:CHOSEN_AT_ONCE])
    position = Position.of(run)
    with ThreadPoolExecutor(READERS, thread_name_prefix="fetch") as pool:
        found = list(pool.map(lambda t: _fetch(flow, t.external_id), targets))
    known = _landed(flow, [t.external_id for t in targets])
    records = [raw for raw in found if not raw.deleted or raw.external_id in known]  # others never concerned this lane
    return PageRead(flow, records, replace(position, page=position.page + 1), True, targets)


def _landed(flow: Flow, ids: Sequence[str]) -> set[str]:
    landed = Landing.objects.filter(
        connection=flow.pipeline.source_id, object=flow.object, company=flow.lane.company, external_id__in=ids
    )
    return set(landed.values_list("external_id", flat=True))


def _fetch(flow: Flow, external_id: str) -> RawRecord:
    found = flow.source.fetch(flow.object, external_id, company=flow.lane.source_company)
    return found or RawRecord(external_id, {}, deleted=True)
