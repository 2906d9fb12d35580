"""The loop of one run: finish what was begun, read the next page, decide it, write it; again until nothing is left."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min, Q

from connectors.errors import AuthenticationFailed, ConnectorError, Fatal, RateLimited, Retryable
from sync.pipelines.models import Cursor
from sync.runs import alarms, volume
from sync.runs.models import Intent, Run, RunEntry, RunTarget
from sync.runs.work import close, read, stale
from sync.runs.work.flow import Flow, Flows, Lane
from sync.runs.work.land import land
from sync.runs.work.locks import RecordLocks
from sync.runs.work.plan import AT_ONCE, plan_entries
from sync.runs.work.write import StopWriting, Writer
from tenancy.clock import db_now
from tenancy.jobs.work import Again, Done, JobContext, Outcome

log = logging.getLogger(__name__)
BACKOFF_SECONDS = (2, 5, 15, 60, 300, 900)


@dataclass
class Loop:
    """One turn of work on one run."""

    run: Run
    work: JobContext

    def turn(self) -> Outcome:
        """Works until the run is closed, it is somebody else's turn, or the connection needs time or a person."""
        self._start()
        try:
            self.flows = Flows(self.run.pipeline)
            self._recover()
            return self._go_on()
        except StopWriting as stop:
            return self._stop(stop.error)
        except ConnectorError as error:
            return self._stop(error)
        except Exception as error:
            log.exception("Run %s of %s", self.run.pk, self.run.pipeline)
            return self._stop(_unexpected(error))

    def _start(self) -> None:
        stale.on_start(self.run)
        if self.run.state == "queued":
            self.run.state, self.run.started_at = "working", db_now()
            self.run.save(update_fields=["state", "started_at"])

    def _recover(self) -> None:
        """What another claim of this job left in the air has an unknown outcome: it is looked for, not sent again."""
        with transaction.atomic():
            self.work.renew()
            lost = list(Intent.objects.filter(entry__run=self.run, state="sending").select_related("entry"))
            for intent in lost:
                intent.state, intent.looks = "uncertain", 0
                connector = self.flows.target if intent.side == "target" else self.flows.source
                intent.entry.not_before = (intent.sent_at or db_now()) + timedelta(seconds=connector.settle_seconds)
            Intent.objects.bulk_update(lost, ["state", "looks"])
            RunEntry.objects.bulk_update([intent.entry for intent in lost], ["not_before"])

    def _go_on(self) -> Outcome:
        earlier = volume.before(self.run)  # where there is something to compare with, all is read before all else
        while True:
            if not earlier:
                self._finish_entries()
            if self.work.should_yield():
                return Again()
            page = read.next_page(self.run, self.flows)
            if page is None:
                return self._believe(earlier) if earlier else self._end()
            self._land(page)
            self._worked()

    def _believe(self, earlier: int) -> Outcome:
        """Goes on with a full run that has been read to the end, or asks a person whether it can be right."""
        if sentence := volume.disbelief(self.run, earlier):
            return self._ask(volume.FAR_FEWER, sentence, detail={"before": earlier})
        while lanes := self._lanes_with(Q(state="landed")):
            flow = self.flows.open(lanes[0])
            plan_entries(flow, self._entries(flow.lane, Q(state="landed")), self.work)
            self._write(flow, _due())
            if self.work.should_yield():
                return Again()
        self._finish_entries()
        return self._end()

    def _land(self, page: read.PageRead) -> None:
        """Lands a page with the run's and the lane's cursor, and ticks off chosen records, in one transaction."""
        number = page.after.page
        with transaction.atomic():
            self.work.renew()
            land(page.flow, self.run, page.records, number=number, force=page.force, position=page.after.saved())
            if page.targets:
                RunTarget.objects.filter(pk__in=[t.pk for t in page.targets]).update(taken=True)
            elif page.remember is not None and not self.run.dry and self.run.kind != "replay":
                self._remember(page)

    def _remember(self, page: read.PageRead) -> None:
        Cursor.objects.update_or_create(
            pipeline_id=self.run.pipeline_id,
            object=page.flow.object,
            company=page.flow.lane.company,
            defaults={"value": page.remember, "read_at": db_now()},
        )

    def _worked(self) -> None:
        if self.run.failures:
            self.run.failures, self.run.retry_at = 0, None
            self.run.save(update_fields=["failures", "retry_at"])

    # ------------------------------------------------------------------------------------------ entries
    def _finish_entries(self) -> None:
        """Decides what is landed and writes what is planned, lane by lane."""
        for lane in self._lanes_with(Q(state="landed")):
            for entries in self._chunks(lane, Q(state="landed")):
                plan_entries(self.flows.open(lane), entries, self.work)
        due = _due()
        for lane in self._lanes_with(due):
            self._write(self.flows.open(lane), due)

    def _write(self, flow: Flow, due: Q) -> None:
        locks = RecordLocks(flow)
        writer = Writer(flow, self.work, locks)
        try:
            writer.write(self._entries(flow.lane, due))
        finally:
            locks.give_all_back()
            if writer.settled:
                self._worked()

    def _entries(self, lane: Lane, which: Q) -> list[RunEntry]:
        found = RunEntry.objects.filter(which, run=self.run, landing__object=lane.object, landing__company=lane.company)
        return list(found.select_related("run", "landing", "record", "record__link").order_by("page", "id")[:AT_ONCE])

    def _chunks(self, lane: Lane, which: Q) -> Iterator[list[RunEntry]]:
        while entries := self._entries(lane, which):
            yield entries

    def _lanes_with(self, which: Q) -> list[Lane]:
        found = (
            RunEntry.objects.filter(which, run=self.run).values_list("landing__object", "landing__company").distinct()
        )
        wanted = set(found)
        return [lane for lane in self.flows.lanes if (lane.object, lane.company) in wanted]

    # ---------------------------------------------------------------------------------------------- end
    def _end(self) -> Outcome:
        """Closes the run, or waits for the entries whose outcome has to be looked for later."""
        still_open = RunEntry.objects.filter(run=self.run).exclude(state="closed")
        if (first := still_open.aggregate(first=Min("not_before"))["first"]) is not None or still_open.exists():
            wait = (first - db_now()).total_seconds() if first else 0.0
            return Again(after_seconds=max(0.05, wait))
        close.close(self.run, self.work)
        return Done()

    def _stop(self, error: ConnectorError) -> Outcome:
        """A fault of the connection: what next is a value; what was begun stays as it is."""
        self.run.refresh_from_db(fields=["state"])
        self.run.failures += 0 if isinstance(error, RateLimited) else 1  # a pause that was asked for is no failure
        self.run.sentence = error.sentence
        person = isinstance(error, AuthenticationFailed | Fatal) or self.run.failures > len(BACKOFF_SECONDS)
        wait = _wait(error, self.run.failures)
        with transaction.atomic():
            self.work.renew()
            self.run.state = "stopped" if person else "working"
            self.run.retry_at = None if person else db_now() + timedelta(seconds=wait)
            self.run.save(update_fields=["failures", "sentence", "state", "retry_at"])
        return Done() if person else Again(after_seconds=wait)

    def _ask(self, code: str, sentence: str, *, about: str = "", detail: dict[str, Any]) -> Outcome:
        """Stops the run, whose figures are hard to believe, until a person has looked."""
        with transaction.atomic():
            self.work.renew()
            alarms.raise_alarm(
                self.run.pipeline, self.run, code, sentence, about=about, detail=detail, severity="block"
            )
            self.run.state, self.run.sentence = "stopped", sentence
            self.run.save(update_fields=["state", "sentence"])
        return Done()


def _unexpected(error: Exception) -> ConnectorError:
    """Whatever else goes wrong stops this run only, is tried again, and then shown to a person."""
    sentence = "Something unexpected stopped this run; nothing was lost. Resume it, or ask for help with its id."
    return Retryable(sentence, detail=f"{type(error).__name__}: {error}")


def _due() -> Q:
    """Entries with a step to carry out, or to look for, now."""
    return Q(state__in=["planned", "writing"]) & (Q(not_before=None) | Q(not_before__lte=db_now()))


def _wait(error: ConnectorError, failures: int) -> float:
    if isinstance(error, RateLimited):
        return max(0.1, error.after_seconds)
    return float(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1])
