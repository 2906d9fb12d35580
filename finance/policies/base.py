"""What a policy is: a pure function with a label, its needs, and examples that are its tests and its help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from finance.policies.facts import Need, PolicyFacts
from finance.records import Payload, Record

Severity: TypeAlias = Literal["block", "hold", "warn"]


@dataclass(frozen=True)
class Finding:
    """Something a policy objects to.

    block: the record must not go on as it is. hold: a person decides; where `fields` are named, only these wait.
    warn: goes on, and is shown. `message` says what happened, what it means for the money and what to do next.
    Findings with one `cause_key` have one cause and can be cleared together. `detail` is JSON-ready.
    """

    severity: Severity
    fields: tuple[str, ...]
    message: str
    cause_key: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""


Check: TypeAlias = Callable[[Any, PolicyFacts], Iterable[Finding]]


@dataclass(frozen=True)
class Example:
    """A case in words, with what the policy must say to it: the severities of its findings, in order."""

    label: str
    record: Payload
    facts: PolicyFacts
    expects: tuple[Severity, ...] = ()


class MissingFacts(LookupError):
    """A policy was run without what it declared to need."""


@dataclass(frozen=True)
class Policy:
    """A registered policy. `help` is its docstring."""

    code: str
    objects: tuple[str, ...]
    needs: frozenset[Need]
    label: str
    help: str
    examples: Sequence[Example]
    check: Check

    def findings(self, record: Record, facts: PolicyFacts) -> list[Finding]:
        """Runs the policy; raises MissingFacts where something it needs was not fetched."""
        if lacking := self.needs - facts.keys():
            raise MissingFacts(f"{self.code} needs {', '.join(sorted(lacking))}")
        return [replace(finding, code=self.code) for finding in self.check(record, facts)]


POLICIES: dict[str, Policy] = {}


def policy(
    *, code: str, objects: tuple[str, ...], needs: tuple[Need, ...] = (), label: str, examples: Sequence[Example]
) -> Callable[[Check], Check]:
    """Decorator: registers a function `(record, facts) -> findings` under its code."""

    def register(check: Check) -> Check:
        if code in POLICIES:
            raise ValueError(f"two policies are called {code}")
        words = " ".join((check.__doc__ or "").split())
        POLICIES[code] = Policy(code, objects, frozenset(needs), label, words, examples, check)
        return check

    return register


def policies_for(obj: str, codes: Iterable[str] | None = None) -> tuple[Policy, ...]:
    """The policies that look at a kind of record, all or those named."""
    wanted = POLICIES if codes is None else set(codes)
    return tuple(rule for rule in POLICIES.values() if obj in rule.objects and rule.code in wanted)


def needs_of(obj: str, codes: Iterable[str] | None = None) -> frozenset[Need]:
    """All that has to be fetched before `evaluate` is called."""
    return frozenset(need for rule in policies_for(obj, codes) for need in rule.needs)


def evaluate(record: Record, facts: PolicyFacts, codes: Iterable[str] | None = None) -> list[Finding]:
    """Findings of all policies for the record, the gravest first."""
    found = [finding for rule in policies_for(record.OBJECT, codes) for finding in rule.findings(record, facts)]
    return sorted(found, key=lambda finding: ("block", "hold", "warn").index(finding.severity))
