"""Switches that make the service fail: which call is hit is decided by rules, reproducibly.

A rule matches by method, path and reference (of a webhook: WEBHOOK, the event's type, the id of its object). Of the
calls that match it skips `after`, then fires `next` times or with `probability`. A draw depends on the seed, the call
and how often that call was seen, not on the order of arrival.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from typing import Literal

from sandbox.calls import Call
from sandbox.shapes.scalars import Part

FaultKind = Literal[
    "applyThenDrop",
    "applyThen500",
    "lateApply",
    "lateSearch",
    "dropBefore",
    "error500",
    "rateLimited",
    "limit400",
    "truncated",
    "html",
    "okWithError",
    "repeatPageToken",
    "expiredToken",
    "slow",
    "never",
    "hugeBody",
    "webhookLost",
    "webhookDoubled",
    "webhookDelayed",
]
WRITES_ONLY = frozenset({"applyThenDrop", "applyThen500", "lateApply", "lateSearch"})
PAGES_ONLY = frozenset({"repeatPageToken"})
WEBHOOKS_ONLY = frozenset({"webhookLost", "webhookDoubled", "webhookDelayed"})


class FaultRule(Part, kw_only=True):
    """With neither `next` nor `probability` it always fires. `kinds`: one of those that fit the call is drawn.

    `path`, `reference`: regular expressions that are searched. `seconds`: lateness, slowness, or Retry-After.
    `applies`: whether html and never carry the write out first. `lists`: whether lateSearch hides from lists too.
    """

    id: str = ""
    kinds: list[FaultKind]
    method: str | None = None
    path: str | None = None
    reference: str | None = None
    after: int = 0
    next: int | None = None
    probability: float | None = None
    seed: int = 0
    seconds: float = 1.0
    status: int | None = None
    applies: bool = False
    lists: bool = False
    size_bytes: int = 3_000_000_000


class Drift(Part, kw_only=True):
    """Answers about a resource change: field `field` is called `to`, or its value `value` becomes `to`."""

    resource: str
    field: str
    to: str
    value: str | None = None


class Plan(Part, kw_only=True):
    """What shall happen to one call."""

    kind: FaultKind
    rule: FaultRule


class Faults:
    """The rules in force and how often each has fired."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: dict[str, FaultRule] = {}
        self._matched: Counter[str] = Counter()
        self._seen: Counter[tuple[str, str]] = Counter()
        self._added = 0
        self.fired: Counter[str] = Counter()
        self.drifts: list[Drift] = []

    def add(self, rule: FaultRule) -> FaultRule:
        """Puts a rule in force; the first rule that fires wins."""
        with self._lock:
            self._added += 1
            rule.id = rule.id or f"fault-{self._added}"
            self._rules[rule.id] = rule
        return rule

    def remove(self, rule_id: str) -> bool:
        """Takes a rule out of force; False where there is none."""
        with self._lock:
            return self._rules.pop(rule_id, None) is not None

    def clear(self) -> None:
        """Forgets all rules, drifts and counts."""
        with self._lock:
            self._rules.clear()
            self._matched.clear()
            self._seen.clear()
            self.fired.clear()
            self.drifts = []

    def rules(self) -> list[FaultRule]:
        """The rules in force, oldest first."""
        with self._lock:
            return list(self._rules.values())

    def plan(self, call: Call, reference: str | None) -> Plan | None:
        """The fault for this call, or None."""
        with self._lock:
            for rule in self._rules.values():
                kinds = [kind for kind in rule.kinds if _fits(kind, call)]
                if kinds and _matches(rule, call, reference) and (draw := self._draw(rule, call, reference)) >= 0:
                    self.fired[rule.id] += 1
                    return Plan(kind=kinds[int(draw * len(kinds))], rule=rule)
        return None

    def _draw(self, rule: FaultRule, call: Call, reference: str | None) -> float:
        """A number from 0 to below 1 where the rule fires, else -1."""
        self._matched[rule.id] += 1
        nth = self._matched[rule.id] - rule.after
        if nth <= 0 or (rule.next is not None and self.fired[rule.id] >= rule.next):
            return -1
        if rule.probability is None:
            return _uniform(rule.seed, "kind", str(nth))
        key = (rule.id, f"{call.method} {call.path} {reference or call.digest or sorted(call.query.items())}")
        self._seen[key] += 1
        roll = _uniform(rule.seed, key[1], str(self._seen[key]))
        return roll / rule.probability if roll < rule.probability else -1


def _fits(kind: FaultKind, call: Call) -> bool:
    if (kind in WEBHOOKS_ONLY) != (call.method == "WEBHOOK"):
        return False
    if kind in PAGES_ONLY:
        return "pageToken" in call.query
    return not (kind in WRITES_ONLY and call.method == "GET")


def _matches(rule: FaultRule, call: Call, reference: str | None) -> bool:
    if rule.method and rule.method != call.method:
        return False
    everywhere = "" if call.method == "WEBHOOK" else "^/api/v1/"
    if not re.search(rule.path or everywhere, call.path):
        return False
    return rule.reference is None or bool(reference and re.search(rule.reference, reference))


def _uniform(seed: int, *parts: str) -> float:
    digest = hashlib.sha256("\x1f".join((str(seed), *parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / (1 << 56)
