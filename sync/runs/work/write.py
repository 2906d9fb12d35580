"""Writing: every step's intent is committed before it is sent, every receipt after, both under the job's fence.

HTTP goes out on a few threads; the database is spoken to by the run's own thread only, in small batches. What a crash
leaves as `sending` is an unknown outcome: it is proved by a read or a search before anything is sent again.
"""

from __future__ import annotations

import base64
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction

from connectors.base import Connector, Step, Written
from connectors.errors import (
    AuthenticationFailed,
    ConnectorError,
    DataRejected,
    RateLimited,
    Retryable,
    Uncertain,
)
from connectors.traffic import Caps
from sync.runs.models import Intent, RunEntry
from sync.runs.work import settle
from sync.runs.work.flow import Flow
from sync.runs.work.locks import RecordLocks
from sync.runs.work.sent import Sent
from tenancy.clock import db_now
from tenancy.jobs.work import JobContext

AT_ONCE = 8
QUICK_SECONDS = 0.5  # steps of a target that answers so quickly are marked ahead, so that no thread waits for a commit
LINGER_SECONDS = 0.02  # while no thread is idle, so many answers more are settled in one commit
SEND_MARGIN_SECONDS = 5.0  # what must be left of the lease beyond the longest a send may take
FAULTS_THAT_STOP = 6
LOCK_TRIES = 40
LOCK_PAUSE_SECONDS = 10


Files = Callable[[], list[dict[str, str]]]  # [{"name", "content" in base64}], read when it is called


class StopWriting(Exception):
    """The connection, not the record, is at fault; the run stops with what to do next."""

    def __init__(self, error: ConnectorError) -> None:
        super().__init__(error.sentence)
        self.error = error


@dataclass
class Writer:
    """Carries the planned entries of one flow through their steps."""

    flow: Flow
    work: JobContext
    locks: RecordLocks
    stopped_by: ConnectorError | None = None
    faults_in_a_row: int = 0
    refused: int = 0  # how often every record left was locked by somebody else
    settled: int = 0  # answers that were written down
    slowest: float = QUICK_SECONDS  # seconds the slowest of the last answers took
    _queue: deque[RunEntry] = field(default_factory=deque)
    _flying: dict[Future[Sent], RunEntry] = field(default_factory=dict)

    def write(self, entries: Iterable[RunEntry]) -> None:
        """Returns when every entry is closed, put off, or the connection stopped us (raises StopWriting)."""
        self._queue.extend(entries)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="send") as pool:
            try:
                while self._queue or self._flying:
                    if self.work.should_yield():
                        self._queue.clear()  # they stand planned; their turn comes again
                    if self.stopped_by is None:
                        self._launch(pool)
                    elif not self._flying:
                        break
                    self._collect()
            finally:
                wait(self._flying)  # never leave a send behind: its answer would be lost
        if self.stopped_by is not None:
            raise StopWriting(self.stopped_by)

    def _launch(self, pool: ThreadPoolExecutor) -> None:
        """Marks the next steps for the free threads, and some to follow, in one commit; then they are sent."""
        self._ensure_lease()
        ahead = AT_ONCE if self.slowest < QUICK_SECONDS else 0
        ready = self._take(AT_ONCE + ahead - len(self._flying))
        if not ready:
            return
        calls = self._mark(ready)
        for entry, call in calls:
            self._flying[pool.submit(call)] = entry

    def _take(self, room: int) -> list[RunEntry]:
        """Entries whose record lock is ours; the others go to the end of the queue."""
        ready: list[RunEntry] = []
        untried = len(self._queue)
        while untried and len(ready) < room:
            some = [self._queue.popleft() for _ in range(min(room - len(ready), untried))]
            untried -= len(some)
            ours = self.locks.take(some)
            ready += ours
            self._queue.extend(entry for entry in some if entry not in ours)
        if not ready and self._queue and not self._flying:
            self._wait_for_locks()
        return ready

    def _wait_for_locks(self) -> None:
        """Somebody else is writing these records just now, or hangs while it does: they are not waited for long."""
        self.refused += 1
        if self.refused > LOCK_TRIES:
            until = db_now() + timedelta(seconds=LOCK_PAUSE_SECONDS)
            RunEntry.objects.filter(pk__in=[entry.pk for entry in self._queue]).update(not_before=until)
            self._queue.clear()
        time.sleep(0.05)

    def _ensure_lease(self) -> None:
        if self.work.remaining() < Caps().total_seconds + SEND_MARGIN_SECONDS:
            self.work.renew()

    def _mark(self, ready: list[RunEntry]) -> list[tuple[RunEntry, Callable[[], Sent]]]:
        """Commits that these steps are about to be sent (or looked for)."""
        calls: list[tuple[RunEntry, Callable[[], Sent]]] = []
        with transaction.atomic():
            self.work.renew()
            now = db_now()
            steps = settle.next_steps(ready)
            sending = []
            for entry in ready:
                intent = steps[entry.pk]
                connector, step = self._step(intent)
                if intent.state == "planned":
                    intent.state, intent.sent_at, intent.fence = "sending", now, self.work.fence
                    intent.sends, intent.looks, intent.error = intent.sends + 1, 0, ""
                    sending.append(intent)
                    call = _sender(connector, step, intent, self._files(entry, step))
                else:
                    call = _looker(connector, step, intent, self._files(entry, step))
                calls.append((entry, partial(self._in_time, intent, call)))
            Intent.objects.bulk_update(sending, ["state", "sent_at", "fence", "sends", "looks", "error"])
            starting = [entry.pk for entry in ready if entry.state == "planned"]
            RunEntry.objects.filter(pk__in=starting).update(state="writing")
        for entry in ready:
            entry.state = "writing"
        return calls

    def _in_time(self, intent: Intent, call: Callable[[], Sent]) -> Sent:
        """The call, unless what was marked ahead has waited until the lease, or the connection, no longer allows it."""
        if self.stopped_by is None and self.work.remaining() > Caps().total_seconds:
            return call()
        intent.sends -= intent.state == "sending"
        return Sent(intent, error=Retryable("It waited for its turn too long, so nothing was sent yet."))

    def _files(self, entry: RunEntry, step: Step) -> Files:
        """How the sending thread gets the source record's files; they are too large to be kept with the intent."""
        if not step.files:
            return list
        source, obj, key, company = self.flow.source, self.flow.object, entry.landing.external_id, self.flow.lane
        return lambda: [
            {"name": file.name, "content": base64.b64encode(file.content).decode()}
            for file in source.documents(obj, key, company=company.source_company)
        ]

    def _step(self, intent: Intent) -> tuple[Connector, Step]:
        connector = self.flow.target if intent.side == "target" else self.flow.source
        return connector, settle.step_named(self.flow, intent)

    def _collect(self) -> None:
        """Settles what has come back in one commit; entries with steps left go to the front of the queue."""
        if not self._flying:
            return
        done, still = wait(self._flying, timeout=1.0, return_when=FIRST_COMPLETED)
        if done and len(still) >= AT_ONCE:
            done, _ = wait(self._flying, timeout=LINGER_SECONDS)
        batch = [(self._flying.pop(future), future.result()) for future in done]
        if not batch:
            return
        again = settle.settle(self.flow, self.work, batch)
        self.settled += len(batch)
        self.slowest = max(sent.milliseconds for _, sent in batch) / 1000
        for _, sent in batch:
            self._judge_connection(sent)
        self._queue.extendleft(entry for entry, _ in batch if entry.pk in again)
        self.locks.give_back(entry for entry, _ in batch if entry.pk not in again)

    def _judge_connection(self, sent: Sent) -> None:
        """One lost answer is the record's bad luck; several in a row, or a closed door, is the connection's."""
        if not isinstance(sent.error, RateLimited | AuthenticationFailed | Retryable | Uncertain):
            self.faults_in_a_row = 0
            return
        self.faults_in_a_row += 1
        stops_at_once = isinstance(sent.error, RateLimited | AuthenticationFailed)
        if self.stopped_by is None and (stops_at_once or self.faults_in_a_row >= FAULTS_THAT_STOP):
            self.stopped_by = sent.error


def _sender(connector: Connector, step: Step, intent: Intent, files: Files) -> Callable[[], Sent]:
    """Sends the step. Whatever is not proven harmless counts as an unknown outcome."""

    def call() -> Sent:
        started = time.monotonic()
        sent = Sent(intent)
        try:
            sent.written = connector.perform(
                intent.object, step, company=intent.company, body=_body(step, intent, files),
                reference=intent.reference, external_id=intent.external_id,
            )  # fmt: skip
        except (DataRejected, Retryable, RateLimited, AuthenticationFailed, Uncertain) as error:
            sent.error = error
        except Exception as error:  # noqa: BLE001 - the request may have left: only a look can tell what became of it
            sent.error = Uncertain(
                "The other system's answer could not be understood, so it is not known whether it took the record.",
                detail=f"{type(error).__name__}: {error}",
            )
        sent.milliseconds = round((time.monotonic() - started) * 1000)
        return sent

    return call


def _body(step: Step, intent: Intent, files: Files) -> dict[str, Any]:
    return {**intent.body, "files": files()} if step.files else intent.body


def _looker(connector: Connector, step: Step, intent: Intent, files: Files) -> Callable[[], Sent]:
    """Looks whether the step took effect: by its id where there is one, else by our reference."""

    def call() -> Sent:
        started = time.monotonic()
        sent = Sent(intent, how="read")
        try:
            _look(connector, step, intent, sent, files)
        except ConnectorError as error:
            sent.error = error
        sent.milliseconds = round((time.monotonic() - started) * 1000)
        return sent

    return call


def _look(connector: Connector, step: Step, intent: Intent, sent: Sent, files: Files) -> None:
    where: dict[str, Any] = {"company": intent.company}
    if intent.external_id:
        sent.written = connector.proved(
            intent.object, step, body=_body(step, intent, files), external_id=intent.external_id, **where
        )
        sent.found = int(sent.written is not None)
        return
    reference = connector.objects[intent.object].reference
    if reference is None or not reference.searchable:
        sent.found = -1
        return
    records = connector.search(intent.object, intent.reference, **where)
    sent.how, sent.found = "search", len(records)
    if len(records) == 1:
        sent.written = Written(records[0].external_id, records[0].body)
