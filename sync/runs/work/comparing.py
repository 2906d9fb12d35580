"""A lane's keys, listed to the end, against what was landed: what was missed, what vanished. A few set queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from sync.engine.brake import worth_asking
from sync.runs.models import Run, SweptKey
from sync.runs.work.flow import Lane

_LANE = "connection_id = %(connection)s and l.object = %(object)s and l.company = %(company)s"
_SWEPT = """exists (select from sync_sweptkey k where k.run_id = %(run)s and k.object = %(object)s
                    and k.company = %(company)s and k.external_id = l.external_id)"""
_MISSED = """
select k.external_id from sync_sweptkey k
left join sync_landing l on l.connection_id = %(connection)s and l.object = k.object and l.company = k.company
                        and l.external_id = k.external_id
left join sync_recordstate r on r.pipeline_id = %(pipeline)s and r.landing_id = l.id
where k.run_id = %(run)s and k.object = %(object)s and k.company = %(company)s
  and (r.id is null or l.deleted
       or (k.version <> '' and l.source_version <> '' and k.version <> l.source_version)
       or (r.state = 'landed'
           and not exists (select from sync_runentry e where e.record_id = r.id and e.state <> 'closed')))
order by k.external_id
"""
# A record landed after the listing began may have been listed before it was there.
_KNOWN = f"""
from sync_landing l join sync_recordstate r on r.landing_id = l.id and r.pipeline_id = %(pipeline)s
where l.{_LANE} and not l.deleted and l.landed_at < %(began)s
"""
_COUNT = f"select count(*) {_KNOWN} and l.missing_sweeps = 0"
_VANISHED = f"select l.id, l.external_id, l.label, l.missing_sweeps {_KNOWN} and not {_SWEPT} order by l.external_id"
_MISS = "update sync_landing set missing_sweeps = least(missing_sweeps + 1, 16384) where id = any(%s)"
_BACK = f"update sync_landing l set missing_sweeps = 0 where l.{_LANE} and l.missing_sweeps > 0 and {_SWEPT}"


@dataclass(frozen=True)
class Vanished:
    """A landed record that this sweep was not told of, and how many earlier sweeps in a row were not."""

    landing_id: UUID
    external_id: str
    label: str
    before: int


@dataclass(frozen=True)
class Compared:
    """What the end of a lane's listing shows. `known`: records that were there at the last sweep."""

    missed: Sequence[str]
    vanished: Sequence[Vanished]
    known: int

    @property
    def newly(self) -> list[Vanished]:
        """Those that were still there the last time."""
        return [one for one in self.vanished if not one.before]

    @property
    def doubtful(self) -> list[str]:
        """Ids to be asked for by name: only the source's own word makes a deletion."""
        return [one.external_id for one in self.vanished if worth_asking(one.before + 1)]


def compare(run: Run, lane: Lane, began: datetime) -> Compared:
    """Reads only."""
    names = _names(run, lane, began)
    missed = [row[0] for row in _rows(_MISSED, names)]
    vanished = [Vanished(*row) for row in _rows(_VANISHED, names)]
    return Compared(missed, vanished, _rows(_COUNT, names)[0][0])


def note(run: Run, lane: Lane, began: datetime, compared: Compared) -> None:
    """Counts who was missing once more and who is back, and forgets the lane's keys."""
    with connection.cursor() as cursor:
        cursor.execute(_MISS, [[one.landing_id for one in compared.vanished]])
        cursor.execute(_BACK, _names(run, lane, began))
    SweptKey.objects.filter(run=run, object=lane.object, company=lane.company).delete()


def _names(run: Run, lane: Lane, began: datetime) -> dict[str, Any]:
    return {
        "run": run.pk, "pipeline": run.pipeline_id, "connection": run.pipeline.source_id,
        "object": lane.object, "company": lane.company, "began": began,
    }  # fmt: skip


def _rows(statement: str, names: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, names)
        return list(cursor.fetchall())
