"""The path of every call: delay, limit, fault, token, work, log, answer."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import TypeVar

from sandbox import access, idempotency, requestlog
from sandbox.calls import Call, Result, answer, refused
from sandbox.drift import drifted
from sandbox.errors import ApiError
from sandbox.faults import Faults, Plan
from sandbox.interface import Finder
from sandbox.limits import Bucket
from sandbox.outcome import Outcome, disguised, instead, limited, works
from sandbox.settings import Settings
from sandbox.store import Store
from sandbox.webhooks import Webhooks, prepared
from sandbox.work import Lag, Work

T = TypeVar("T")


class Service:
    """Everything one running stand-in consists of, without the web around it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = Settings()
        self.faults = Faults()
        self.bucket = Bucket()
        self.webhooks = Webhooks(store, self.settings, self.faults)
        self._finder = Finder()
        self._pending: set[threading.Timer] = set()

    def handle(self, call: Call) -> Outcome:
        """Answers one call of the interface, no sooner than the delay that is set."""
        ready = time.monotonic() + self.settings.delay_ms / 1000
        outcome = self._answered(call)
        time.sleep(max(0.0, ready - time.monotonic()))
        return outcome

    def by_person(self, call: Call, act: Callable[[Work], T]) -> T:
        """Carries out what a person did on a page: logged and told like a call of the interface, raises ApiError."""
        with self.store.transaction() as db:
            work = Work(db, self.store)
            done = act(work)
            if work.effects:
                requestlog.append(db, call, status=303, answered="303", effects=work.effects)
            deliveries = prepared(db, work.changes)
        self.webhooks.send(deliveries)
        return done

    def use(self, settings: Settings) -> None:
        """Puts settings in force."""
        self.settings = self.webhooks.settings = settings

    def forget(self) -> None:
        """Drops everything that was going to happen later, and every switch."""
        for timer in list(self._pending):
            timer.cancel()
        self._pending.clear()
        self.webhooks.forget()
        self.faults.clear()
        self.bucket = Bucket()
        self.use(Settings())

    def pending(self) -> int:
        """Calls that were dropped and will still be applied."""
        return len(self._pending)

    def _answered(self, call: Call) -> Outcome:
        if wait := self.bucket.wait(self.settings):
            return self._not_carried_out(call, Outcome(limited(wait)), "limit")
        plan = self.faults.plan(call, call.reference())
        if plan is None or works(plan):
            return self._carried_out(call, plan)
        if plan.kind == "expiredToken":
            with self.store.transaction() as db:
                access.revoke_all(db)
        outcome = instead(plan)
        seq = self._log(call, outcome, plan.kind)
        if plan.kind == "lateApply":
            self._later(plan.rule.seconds, call, seq)
        return outcome

    def _carried_out(self, call: Call, plan: Plan | None, late_of: int | None = None) -> Outcome:
        if plan is not None and plan.kind == "slow":
            time.sleep(plan.rule.seconds)
        lag = Lag(plan.rule.seconds, plan.rule.lists) if plan is not None and plan.kind == "lateSearch" else Lag()
        with self.store.transaction() as db:
            work = Work(db, self.store, lag)
            result = self._result(work, call)
            outcome = disguised(plan, call, drifted(self.faults.drifts, call, result))
            requestlog.append(
                db,
                call,
                status=result.status,
                answered=outcome.seen if late_of is None else "nobody",
                effects=work.effects,
                fault=plan.kind if plan else None,
                late_of=late_of,
            )
            deliveries = prepared(db, work.changes)
        self.webhooks.send(deliveries)
        return outcome

    def _result(self, work: Work, call: Call) -> Result:
        work.db.execute("SAVEPOINT work")
        try:
            result = self._worked(work, call)
        except Exception as fault:  # noqa: BLE001 - refusal or defect: nothing is kept, and the log says so
            work.db.execute("ROLLBACK TO work")
            work.effects.clear()
            work.changes.clear()
            result = refused(fault) if isinstance(fault, ApiError) else _defect()
        work.db.execute("RELEASE work")
        return result

    def _worked(self, work: Work, call: Call) -> Result:
        if call.path == "/oauth/token":
            return access.issue(work.db, self.settings, call)
        access.check(work.db, self.settings, call)
        route, parameters = self._finder.find(call)
        if not self.settings.idempotency_keys:
            return route.handler(work, call, **parameters)
        if kept := idempotency.remembered(work.db, call):
            return kept
        result = route.handler(work, call, **parameters)
        idempotency.remember(work.db, call, result)
        return result

    def _not_carried_out(self, call: Call, outcome: Outcome, fault: str) -> Outcome:
        self._log(call, outcome, fault)
        return outcome

    def _log(self, call: Call, outcome: Outcome, fault: str) -> int:
        with self.store.transaction() as db:
            return requestlog.append(
                db, call, status=outcome.result.status, answered=outcome.seen, effects=[], fault=fault
            )

    def _later(self, seconds: float, call: Call, seq: int) -> None:
        def apply() -> None:
            try:
                self._carried_out(call, None, late_of=seq)
            finally:
                self._pending.discard(timer)

        timer = threading.Timer(seconds, apply)
        timer.daemon = True
        self._pending.add(timer)
        timer.start()


def _defect() -> Result:
    traceback.print_exc(file=sys.stderr)
    return answer({"error": {"code": "internalError", "message": "A defect of the stand-in.", "field": None}}, 500)
