"""Evaluates expressions node by node, remembering what was read and what came out. Slow, plain, and the reference:
whatever the compiled form does has to agree with this."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mappings.engine import limits
from mappings.engine.faults import Refused
from mappings.engine.finish import Budget
from mappings.engine.nodes import Call, Constant, Fold, Get, Lazy, Node, Number, Scope, is_path, reads, show
from mappings.engine.plan import Binder
from mappings.engine.registry import to_condition, to_number, to_text
from mappings.engine.values import ABSENT, Value, is_there, read_key, read_row, rows_of


@dataclass(frozen=True)
class Here:
    """The record or a row: its value, where it stands in the record, and which row it is."""

    value: Value
    path: str = ""
    number: int = 0


@dataclass
class Trace:
    """What one field read and worked out, in order."""

    reads: list[tuple[str, Value]] = field(default_factory=list)
    steps: list[tuple[str, Value]] = field(default_factory=list)


class Stopped(Exception):
    """An expression could not be evaluated; `source` is the path that was read, `value` what it held."""

    def __init__(self, sentence: str, source: str, value: Value) -> None:
        super().__init__(sentence)
        self.sentence, self.source, self.value = sentence, source, value


class Evaluator:
    def __init__(self, binder: Binder, budget: Budget) -> None:
        self.binder = binder
        self.budget = budget
        self.known: dict[tuple[Any, ...], tuple[Value, Trace, tuple[Here, ...]]] = {}  # what walked over rows

    def value(self, node: Node, at: Sequence[Here], trace: Trace) -> Value:
        if isinstance(node, Constant):
            return node.value
        if isinstance(node, Scope):
            return at[node.level].value
        if isinstance(node, Number):
            return at[node.level].number
        if isinstance(node, Get):
            return self.get(node, at, trace)
        if not node.walks:
            return self.step(node, at, trace)
        around = tuple(at[level] for level in sorted(node.levels))
        key = (node, *map(id, around))
        if key not in self.known:
            own = Trace()
            self.known[key] = (self.step(node, at, own), own, around)
        result, own, _ = self.known[key]
        trace.reads += own.reads
        trace.steps += own.steps
        return result

    def step(self, node: Node, at: Sequence[Here], trace: Trace) -> Value:
        result = self.work(node, at, trace)
        trace.steps.append((show(node, len(at) - 1), result))
        return result

    def work(self, node: Node, at: Sequence[Here], trace: Trace) -> Value:
        if isinstance(node, Fold):
            return self.fold(node, at, trace)
        if isinstance(node, Lazy):
            return self.lazy(node, at, trace)
        assert isinstance(node, Call)
        ready = self.binder.ready(node)
        values = [self.value(node.arguments[i], at, trace) for i in ready.live]
        with Guard(self, node, at):
            return ready.call(*values)

    def get(self, node: Get, at: Sequence[Here], trace: Trace) -> Value:
        inner = trace if not is_path(node) else Trace()
        of = self.value(node.of, at, inner)
        with Guard(self, node.of, at):
            result = read_row(of, node.key) if isinstance(node.key, int) else read_key(of, node.key)
        if is_path(node):
            trace.reads.append((source_path(node, at), result))
        return result

    # ------------------------------------------------------------------------------------------------- lazy
    def lazy(self, node: Lazy, at: Sequence[Here], trace: Trace) -> Value:
        if node.name == "if":
            test, then, otherwise = node.arguments
            return self.value(then if self.truth(test, at, trace) else otherwise, at, trace)
        if node.name == "first":
            return self.first(node, at, trace)
        stop = node.name == "or"
        return stop if any(self.truth(part, at, trace) is stop for part in node.arguments) else not stop

    def first(self, node: Lazy, at: Sequence[Here], trace: Trace) -> Value:
        unknown = False
        for part in node.arguments:
            value = self.value(part, at, trace)
            if is_there(value):
                return value
            unknown = unknown or value is ABSENT
        return ABSENT if unknown else None

    def truth(self, node: Node, at: Sequence[Here], trace: Trace) -> bool:
        value = self.value(node, at, trace)
        with Guard(self, node, at):
            return to_condition(value)

    # ------------------------------------------------------------------------------------------------ folds
    def fold(self, node: Fold, at: Sequence[Here], trace: Trace) -> Value:
        rows = self.rows(node.items, at, trace)
        if rows is ABSENT:
            return ABSENT
        self.budget.take_rows(len(rows), 1)
        bodies = self.bodies(node, rows, at, trace)
        if node.name in ("some", "every"):
            stop = node.name == "some"
            return stop if any(value is stop for value in bodies) else not stop
        if node.name == "pick":
            return next(bodies, None)
        if node.name == "count":
            return sum(1 for _ in bodies)
        with Guard(self, node, at):
            return gather(node, [value for value in bodies if is_there(value)])

    def bodies(self, node: Fold, rows: Sequence[Value], at: Sequence[Here], trace: Trace) -> Iterator[Value]:
        """The body's value for every row that is kept."""
        path = list_path(node.items, at)
        for number, row in enumerate(rows, 1):
            inner = [*at[: node.level], Here(row, f"{path}[{number - 1}]", number)]
            if node.where is not None and not self.truth(node.where, inner, trace):
                continue
            yield self.body(node, inner, trace) if node.body is not None else None

    def body(self, node: Fold, at: Sequence[Here], trace: Trace) -> Value:
        assert node.body is not None
        if node.name in ("some", "every"):
            return self.truth(node.body, at, trace)
        value = self.value(node.body, at, trace)
        if node.name != "sum" or not is_there(value):
            return value
        with Guard(self, node.body, at):
            return to_number(value)

    def rows(self, node: Node, at: Sequence[Here], trace: Trace) -> Value:
        value = self.value(node, at, trace)
        with Guard(self, node, at):
            return rows_of(value)


class Guard:
    """Turns a refusal into Stopped, with the path that was read for the node."""

    def __init__(self, evaluator: Evaluator, node: Node, at: Sequence[Here]) -> None:
        self.evaluator, self.node, self.at = evaluator, node, at

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Refused):
            raise Stopped(str(error), *source_of(self.evaluator, self.node, self.at)) from None
        if isinstance(error, ArithmeticError):
            said = f"the calculation gives a number with more than {limits.OUTPUT_DIGITS} digits"
            raise Stopped(said, *source_of(self.evaluator, self.node, self.at)) from None


def source_of(evaluator: Evaluator, node: Node, at: Sequence[Here]) -> tuple[str, Value]:
    """The first path that a node reads and can be read here, with its value."""
    for path in reads(node):
        try:
            return source_path(path, at), evaluator.value(path, at, Trace())
        except (Stopped, IndexError):
            continue
    if isinstance(node, Scope):
        return at[node.level].path, at[node.level].value
    return "", ABSENT


def gather(node: Fold, values: list[Value]) -> Value:
    """Sum, text or list of the values that are there."""
    if node.name == "sum":
        return sum(values, Decimal(0))
    return values if node.name == "collect" else gather_text(values, node.separator)


def gather_text(values: list[Value], separator: str) -> str | None:
    """The values as one text, null if there are none."""
    texts = [to_text(value) for value in values]
    if sum(map(len, texts)) + len(separator) * len(texts) > limits.ONE_TEXT:
        raise Refused(f"the text would be longer than {limits.ONE_TEXT:,} characters")
    return separator.join(texts) if texts else None


def source_path(node: Node, at: Sequence[Here]) -> str:
    """Where in the record a path leads, with row positions counted from 0."""
    if isinstance(node, Scope):
        return at[node.level].path
    assert isinstance(node, Get)
    base = source_path(node.of, at)
    if isinstance(node.key, int):
        return f"{base}[{node.key}]"
    return f"{base}.{node.key}" if base else node.key


def list_path(node: Node, at: Sequence[Here]) -> str:
    return source_path(node, at) if is_path(node) else show(node, len(at) - 1)
