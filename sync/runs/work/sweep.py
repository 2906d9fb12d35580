"""The key sweep: lists every key of a source to find what the cursor missed and what is gone.

Nothing is concluded before a lane is listed to its end, so a sweep that is cut anywhere changes nothing. What was
missed is asked for by name, and so is what was missing twice: only when the source then says that a record does not
exist is it taken for deleted. A record that merely left a filter is found that way and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from connectors.base import KeyPage
from connectors.errors import ContractBroken
from sync.engine.brake import extrapolated, too_many
from sync.pipelines.models import Cursor
from sync.runs import alarms
from sync.runs.models import Run, RunPage, SweptKey
from sync.runs.services import request_named, request_run
from sync.runs.work import close
from sync.runs.work.comparing import Compared, Vanished, compare, note
from sync.runs.work.flow import Lane
from sync.runs.work.loop import Loop
from tenancy.clock import db_now
from tenancy.jobs.work import Again, Done, Outcome

PAGE_SIZE = 1000
SAMPLE = 20
READERS = 8
ONE_BY_ONE_AT_MOST = 5000  # more than these are brought by a full run instead
EXAMPLES = 10
Json = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a sweep is. `began`: when the lane's listing began; `listed`: it has been listed to its end."""

    lane: int = 0
    page: int = 0
    cursor: Json | None = None
    began: str = ""
    listed: bool = False

    @classmethod
    def of(cls, run: Run) -> Place:
        """As saved with the run."""
        return cls(**run.position) if run.position else cls()


class SweepLoop(Loop):
    """One turn of a sweep. Gives way to any other run of its pipeline."""

    def _go_on(self) -> Outcome:
        while not (self.work.should_yield() or self._somebody_waits()):
            place = Place.of(self.run)
            if place.lane >= len(self.flows.lanes):
                close.close(self.run, self.work)
                return Done()
            lane = self.flows.lanes[place.lane]
            if not self.flows.source.objects[lane.object].listable_keys:
                self._move(Place(place.lane + 1, place.page))
            elif not place.listed:
                self._list(lane, place if place.began else replace(place, began=db_now().isoformat()))
            elif (asked := self._conclude(lane, place)) is not None:
                return asked
        return Again()

    def _somebody_waits(self) -> bool:
        return Run.objects.filter(pipeline=self.run.pipeline_id, state="queued").exclude(kind="sweep").exists()

    def _move(self, place: Place) -> None:
        self.run.position = asdict(place)
        self.run.save(update_fields=["position"])

    # ------------------------------------------------------------------------------------------------- listing
    def _list(self, lane: Lane, place: Place) -> None:
        """Reads the next page of keys, outside any transaction, and keeps it with the place it leads to."""
        source = self.flows.source
        page = source.keys(lane.object, company=lane.source_company, cursor=place.cursor, limit=PAGE_SIZE)
        if page.more and page.cursor == place.cursor:
            raise ContractBroken(f"{source.label} listed the same page twice. Nothing was concluded from it.")
        after = replace(place, page=place.page + 1, cursor=page.cursor, listed=not page.more)
        with transaction.atomic():
            self.work.renew()
            self._keep(lane, page, place.page + 1)
            self._move(after)
        self._worked()

    def _keep(self, lane: Lane, page: KeyPage, number: int) -> None:
        where = {"run": self.run, "object": lane.object, "company": lane.company}
        keys = [SweptKey(**where, external_id=key, version=version[:80]) for key, version in page.keys]
        SweptKey.objects.bulk_create(keys, ignore_conflicts=True)
        counted = {"count": len(keys), "money": {}, "unmeasured": 0}
        RunPage.objects.create(**where, number=number, read=len(keys), measured=counted, settled={"unchanged": counted})

    # ---------------------------------------------------------------------------------------------- concluding
    def _conclude(self, lane: Lane, place: Place) -> Outcome | None:
        """Acts on a lane that was listed to its end; an outcome where a person has to be asked first."""
        began = datetime.fromisoformat(place.began)
        compared = compare(self.run, lane, began)
        about = f"{lane.object}:{lane.company}"
        if not alarms.allowed(self.run, alarms.MASS_VANISHED, about) and self._incredible(lane, compared):
            return self._doubt(lane, compared, about)
        with transaction.atomic():
            self.work.renew()
            note(self.run, lane, began, compared)
            self._take(lane, compared)
            alarms.lower_alarm(self.run.pipeline, alarms.MASS_VANISHED, about)
            Cursor.objects.update_or_create(
                pipeline_id=self.run.pipeline_id, object=lane.object, company=lane.company,
                defaults={"swept_at": began},
            )  # fmt: skip
            self._move(Place(place.lane + 1, place.page))
        return None

    def _take(self, lane: Lane, compared: Compared) -> None:
        """Asks for what was missed and for what was missing twice, by the same code as any chosen records."""
        pipeline, asked = self.run.pipeline, list(compared.doubtful)
        if len(compared.missed) > ONE_BY_ONE_AT_MOST:
            request_run(pipeline=pipeline, kind="full", trigger="sweep")
        else:
            asked += compared.missed
        request_named(pipeline, [(lane.object, lane.company, key) for key in asked], trigger="sweep")

    def _incredible(self, lane: Lane, compared: Compared) -> bool:
        """Whether too many are gone at once. A few are asked for by name: those that only left a filter still exist."""
        newly = compared.newly
        if not too_many(len(newly), compared.known):
            return False
        sample = _spread(newly, SAMPLE)
        with ThreadPoolExecutor(READERS, thread_name_prefix="fetch") as pool:
            gone = sum(pool.map(lambda one: self._is_gone(lane, one), sample))
        return too_many(extrapolated(len(newly), len(sample), gone), compared.known)

    def _is_gone(self, lane: Lane, one: Vanished) -> bool:
        found = self.flows.source.fetch(lane.object, one.external_id, company=lane.source_company)
        return found is None or found.deleted

    def _doubt(self, lane: Lane, compared: Compared, about: str) -> Outcome:
        newly, kind = compared.newly, lane.object.replace("_", " ")
        sentence = (
            f"{len(newly):,} of {compared.known:,} {kind} records vanished from {self.flows.source.label} at once. "
            "Nothing was changed on the other side. See whether they were really deleted there; if so, let the sweep "
            "go on, else mend the connection's rights or filter."
        )
        examples = [one.label or one.external_id for one in newly[:EXAMPLES]]
        detail = {"vanished": len(newly), "known": compared.known, "company": lane.company, "examples": examples}
        return self._ask(alarms.MASS_VANISHED, sentence, about=about, detail=detail)


def _spread(found: Sequence[Vanished], most: int) -> Sequence[Vanished]:
    """At most so many, evenly from the whole."""
    return found if len(found) <= most else [found[n * len(found) // most] for n in range(most)]
