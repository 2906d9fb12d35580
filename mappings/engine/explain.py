"""Maps one record step by step and tells, for every target field, where its value comes from or why there is none."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import localcontext
from typing import Any

from mappings.engine.faults import MappingFault, Refused, TooMuch
from mappings.engine.finish import Budget, Finish, group_shape, joined, prune
from mappings.engine.interpret import Evaluator, Here, Stopped, Trace, list_path, source_of
from mappings.engine.nodes import Node
from mappings.engine.plan import Item, Plan, Rows
from mappings.engine.values import ABSENT, Value, arithmetic, kind_of

_PATIENCE = 10  # how much more than the compiled form the explanation may take, because it shares no work


@dataclass(frozen=True)
class FieldExplanation:
    """`reads` are (path, value) in the order of reading, `steps` (expression, value) in the order of working out.
    `outcome`: "value", "empty", "absent", "left out" (its condition does not hold) or "fault"."""

    target: str
    rule: str
    reads: tuple[tuple[str, Value], ...]
    steps: tuple[tuple[str, Value], ...]
    outcome: str
    value: Value = ABSENT
    sentence: str = ""


@dataclass(frozen=True)
class Explanation:
    """`output` is what the mapping makes, None if there is a fault; `fault` is the first one."""

    fields: tuple[FieldExplanation, ...]
    output: dict[str, Any] | None
    fault: MappingFault | None

    def field(self, target: str) -> FieldExplanation:
        """The explanation of a target path such as `lines[0].amount`; KeyError where it was not reached."""
        return {one.target: one for one in self.fields}[target]


def explain_plan(plan: Plan, record: Any) -> Explanation:
    """Explains every field, going on after a fault so that a person sees all of them."""
    run = _Run(plan)
    with localcontext(arithmetic()):
        try:
            made = run.record(record)
        except TooMuch as error:
            run.fault("", "limit", "", ABSENT, str(error))
            made = {}
    return Explanation(tuple(run.fields), None if run.first else made, run.first)


class _Run:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.budget = Budget(_PATIENCE)
        self.evaluator = Evaluator(plan.binder, self.budget)
        self.fields: list[FieldExplanation] = []
        self.first: MappingFault | None = None

    def record(self, record: Any) -> dict[str, Value]:
        if record.__class__ is not dict:
            self.fault("", "record", "", record, f"the record is {kind_of(record)} where an object is expected")
            return {}
        return self.block(self.plan.items, [Here(record)], "")

    def block(self, items: tuple[Item, ...], at: Sequence[Here], prefix: str) -> dict[str, Value]:
        made: dict[str, Value] = {}
        for item in items:
            place = made
            for key in item.spec.to[:-1]:
                place = place.setdefault(key, {})
            last = item.spec.to[-1]
            value = self.item(item, at, prefix + ".".join(item.spec.to))
            place[last] = joined(place.get(last, ABSENT), value) if item.spec.append else value
        return prune(made, group_shape(item.spec for item in items))

    def item(self, item: Item, at: Sequence[Here], target: str) -> Value:
        trace = Trace()
        try:
            if item.when is not None and not self.evaluator.truth(item.when, at, trace):
                self.note(item, target, trace, "left out", ABSENT)
                return ABSENT
            if item.rows is not None:
                return self.listing(item, item.rows, at, target, trace)
            if item.fields is not None:
                return self.block(item.fields, at, f"{target}.") or ABSENT
            return self.value(item, at, target, trace)
        except Stopped as stop:
            self.fault(target, _rule(item), stop.source, stop.value, stop.sentence, trace)
            return ABSENT

    def value(self, item: Item, at: Sequence[Here], target: str, trace: Trace) -> Value:
        if item.node is None:
            self.note(item, target, trace, "value", item.spec.const)
            return copy.deepcopy(item.spec.const)
        value = self.evaluator.value(item.node, at, trace)
        value = self.finished(item, item.node, at, value, made=False)
        self.note(item, target, trace, _outcome(value), value)
        return value

    def finished(self, item: Item, node: Node, at: Sequence[Here], value: Value, *, made: bool) -> Value:
        finish = Finish(item.spec)
        try:
            return finish.made(value) if made else finish(value, self.budget)
        except Refused as error:
            raise Stopped(str(error), *source_of(self.evaluator, node, at)) from None

    def listing(self, item: Item, rows: Rows, at: Sequence[Here], target: str, trace: Trace) -> Value:
        places = self.places(rows, at, trace, len(item.fields or ()))
        value = ABSENT if places is None else self.made(item, rows, places, target, trace)
        value = self.finished(item, rows.each, at, value, made=True)
        if not value:
            self.note(item, target, trace, _outcome(value), value)
        return value

    def made(self, item: Item, rows: Rows, places: list[list[Here]], target: str, trace: Trace) -> Value:
        """The list, or the object out of the first row; rows of which nothing is left are left out."""
        out: list[Value] = []
        dropped = False
        for place in places:
            if rows.where is not None and not self.evaluator.truth(rows.where, place, trace):
                continue
            prefix = f"{target}." if item.spec.first else f"{target}[{len(out)}]."
            row = self.block(item.fields or (), place, prefix)
            if item.spec.first:
                return row or ABSENT
            dropped = dropped or not row
            out += [row] if row else []
        if item.spec.first:
            return None
        return ABSENT if dropped and not out else out

    def places(self, rows: Rows, at: Sequence[Here], trace: Trace, fields: int) -> list[list[Here]] | None:
        """The surroundings of every row; None where the list is absent."""
        outer = self.spread(rows.each, at, trace)
        if outer is None:
            return None
        self.budget.take_rows(len(outer), fields)
        if rows.each2 is None:
            return outer
        found: list[list[Here]] = []
        for place in outer:
            inner = self.spread(rows.each2, place, trace) or []
            self.budget.take_rows(len(inner), fields)
            found += inner or ([[*place, Here(ABSENT)]] if rows.outer else [])
        return [[*place[:-1], replace(place[-1], number=n)] for n, place in enumerate(found, 1)]

    def spread(self, node: Node, at: Sequence[Here], trace: Trace) -> list[list[Here]] | None:
        rows = self.evaluator.rows(node, at, trace)
        if rows is ABSENT:
            return None
        path = list_path(node, at)
        single = self.evaluator.value(node, at, Trace()).__class__ is dict
        return [[*at, Here(row, path if single else f"{path}[{i}]", i + 1)] for i, row in enumerate(rows)]

    def note(self, item: Item, target: str, trace: Trace, outcome: str, value: Value) -> None:
        self.fields.append(
            FieldExplanation(target, _rule(item), tuple(trace.reads), tuple(trace.steps), outcome, value)
        )

    def fault(self, target: str, rule: str, source: str, value: Value, said: str, trace: Trace | None = None) -> None:
        trace = trace or Trace()
        sentence = _sentence(target, source, value, said)
        self.fields.append(
            FieldExplanation(target, rule, tuple(trace.reads), tuple(trace.steps), "fault", value, sentence)
        )
        if self.first is None:
            self.first = MappingFault(target=target, source=source, value=value, rule=rule, sentence=sentence)


def _rule(item: Item) -> str:
    spec = item.spec
    return spec.expr or spec.each or ("a fixed value" if spec.fields is None else "a group of fields")


def _outcome(value: Value) -> str:
    return "absent" if value is ABSENT else "empty" if value is None or value == [] else "value"


def _sentence(target: str, source: str, value: Value, said: str) -> str:
    start = f"{target}: {said}" if target else said[:1].upper() + said[1:]
    held = f" The source field {source} holds {_shown(value)}." if source else ""
    return f"{start}.{held}"


def _shown(value: Value) -> str:
    if value is ABSENT or value is None or isinstance(value, list | dict):
        return kind_of(value)
    text = value if isinstance(value, str) else show_scalar(value)
    return f"“{text[:80]}”"


def show_scalar(value: Value) -> str:
    """A number or yes/no as a person reads it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)[:80]
