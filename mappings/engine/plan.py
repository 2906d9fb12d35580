"""A mapping ready to run: expressions read into nodes, levels counted, everything checked that can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from mappings.engine import limits
from mappings.engine.call import LIVE, Crosswalks, Ready, Remembered, ready
from mappings.engine.faults import Problem, Refused
from mappings.engine.nodes import RESERVED, Call, Constant, Fold, Lazy, Node, walk
from mappings.engine.parse import Parser, Surroundings, names_in
from mappings.engine.registry import CONSTANT_KINDS, transforms
from mappings.engine.spec import Field, Spec

Find = Callable[[str], Node | None]
_PROBLEM_LIMIT = 200


@dataclass(frozen=True, eq=False)
class Item:
    """A target field. Exactly one of `node` (a value), `rows` (a list or one object out of rows) and neither
    (a group of fields, or a constant) applies."""

    spec: Field
    when: Node | None
    node: Node | None
    rows: Rows | None
    fields: tuple[Item, ...] | None


@dataclass(frozen=True, eq=False)
class Rows:
    """`level` is that of a row; with `each2` the outer rows are one level above it."""

    each: Node
    each2: Node | None
    where: Node | None
    level: int
    outer: bool


@dataclass(frozen=True, eq=False)
class Plan:
    spec: Spec
    items: tuple[Item, ...]
    binder: Binder


class Binder:
    """Transforms made ready for the places they are called from; equal places share one."""

    def __init__(self, crosswalks: Crosswalks) -> None:
        self.crosswalks = crosswalks
        self._ready: dict[tuple[Any, ...], Ready] = {}

    @property
    def numbers(self) -> Remembered:
        """Makes any value a number; absent and empty stay what they are."""
        made = self._made("decimal", [LIVE], [False]).remembered
        assert made is not None
        return made

    def ready(self, node: Call) -> Ready:
        """Refused where a constant is not of its kind."""
        transform = transforms()[node.name]
        arguments, fixed = [], []
        for position, argument in enumerate(node.arguments):
            parameter = transform.parameter(position)
            literal = isinstance(argument, Constant)
            if parameter is not None and parameter.kind in CONSTANT_KINDS and not literal:
                raise Refused(
                    f"argument {position + 1} of {node.name}() is written as a fixed value, not as an expression"
                )
            prepared = literal and parameter is not None and (parameter.kind in CONSTANT_KINDS or parameter.optional)
            arguments.append(argument.value if prepared and isinstance(argument, Constant) else LIVE)
            fixed.append(literal)
        return self._made(node.name, arguments, fixed)

    def _made(self, name: str, arguments: list[Any], fixed: list[bool]) -> Ready:
        key = (name, tuple(LIVE if a is LIVE else repr(a) for a in arguments), tuple(fixed))
        if key not in self._ready:
            self._ready[key] = ready(transforms()[name], arguments, self.crosswalks, fixed)
        return self._ready[key]


def make_plan(spec: Spec, crosswalks: Crosswalks) -> tuple[Plan, list[Problem]]:
    """The plan and the problems of its expressions; fields with problems are left out of it."""
    planner = _Planner(crosswalks)
    named = planner.named(spec.let, 0, "let", lambda _name: None)
    items = planner.items(spec.fields, Surroundings(0, named))
    return Plan(spec, items, planner.binder), planner.problems


class _Planner:
    def __init__(self, crosswalks: Crosswalks) -> None:
        self.binder = Binder(crosswalks)
        self.parser = Parser()
        self.problems: list[Problem] = []

    def problem(self, path: str, sentence: str) -> None:
        if len(self.problems) < _PROBLEM_LIMIT:
            self.problems.append(Problem(path, sentence))

    def items(self, fields: tuple[Field, ...], at: Surroundings) -> tuple[Item, ...]:
        return tuple(item for one in fields if (item := self.item(one, at)) is not None)

    def item(self, one: Field, at: Surroundings) -> Item | None:
        before = len(self.problems)
        when = self.optional(one.when, one, "when", at)
        if one.each is not None:
            rows, inner = self.rows(one, at)
            made = Item(one, when, None, rows, self.items(one.fields or (), inner) if rows else ())
        elif one.fields is not None:
            named = self.named(one.let, at.level, one.path, at.named)
            made = Item(one, when, None, None, self.items(one.fields, Surroundings(at.level, named)))
        else:
            made = Item(one, when, self.optional(one.expr, one, "expr", at), None, None)
        return made if len(self.problems) == before else None

    def rows(self, one: Field, at: Surroundings) -> tuple[Rows | None, Surroundings]:
        each = self.optional(one.each, one, "each", at)
        level = at.level + (2 if one.each2 is not None else 1)
        if level > limits.NESTING:
            self.problem(one.path, f"lists are nested deeper than {limits.NESTING} levels")
            return None, at
        each2 = self.optional(one.each2, one, "each2", Surroundings(at.level + 1, at.named))
        inner = Surroundings(level, self.named(one.let, level, one.path, at.named))
        where = self.optional(one.where, one, "where", inner)
        return (Rows(each, each2, where, level, one.outer) if each is not None else None), inner

    def optional(self, text: str | None, one: Field, setting: str, at: Surroundings) -> Node | None:
        if text is None:
            return None
        try:
            node = self.parser.read(text, at)
            self.check(node)
            if setting in ("when", "where"):
                _check_condition(node)
        except Refused as error:
            said = "" if setting == "expr" else f"in “{setting}”: "
            self.problem(one.path, f"{said}{error}")
            return None
        return node

    def check(self, node: Node) -> None:
        for part in walk(node):
            if isinstance(part, Call):
                self.binder.ready(part)
                _check_kinds(part)
            for condition in _conditions(part):
                _check_condition(condition)
            if isinstance(part, Fold) and part.level > limits.NESTING * 2:
                raise Refused(f"rows are walked over deeper than {limits.NESTING * 2} levels")

    def named(self, let: Mapping[str, str], level: int, path: str, outer: Find) -> Find:
        return _Named(self, let, level, path, outer).find if let else outer


class _Named:
    """Named values of one level. Each is read after those it uses, so that their order in the JSON does not matter."""

    def __init__(self, planner: _Planner, let: Mapping[str, str], level: int, path: str, outer: Find) -> None:
        self.planner, self.let, self.path, self.outer = planner, let, path, outer
        self.known: dict[str, Node] = {}
        for name in self.in_order():
            self.read(name, Surroundings(level, self.find))

    def in_order(self) -> list[str]:
        uses = {name: names_in(text) & self.let.keys() for name, text in self.let.items()}
        try:
            return list(TopologicalSorter(uses).static_order())
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            told = " → ".join(circle)
            self.problem(circle[0], f"“{circle[0]}” refers to itself ({told}); a named value may use only others")
            return []

    def read(self, name: str, at: Surroundings) -> None:
        try:
            if name in RESERVED:
                raise Refused("has a meaning of its own; choose another name")
            node = self.planner.parser.read(self.let[name], at)
            self.planner.check(node)
            self.known[name] = node
        except Refused as error:
            self.problem(name, str(error))

    def problem(self, name: str, sentence: str) -> None:
        self.planner.problem(f"let.{name}" if self.path == "let" else f"{self.path}.let.{name}", sentence)

    def find(self, name: str) -> Node | None:
        """The value's node; a name whose value has a problem is told there and read as a field here."""
        return self.known.get(name) or (None if name in self.let else self.outer(name))


def _check_kinds(node: Call) -> None:
    transform = transforms()[node.name]
    for position, argument in enumerate(node.arguments):
        parameter = transform.parameter(position)
        wanted, given = parameter.kind if parameter else "any", argument.kind
        if given in _IMPOSSIBLE.get(wanted, ()):
            told = f"its argument {position + 1} gives {_ARTICLES[given]}"
            raise Refused(f"{node.name}() takes {_ARTICLES[wanted]}, but {told}")


def _check_condition(node: Node) -> None:
    if node.kind in _IMPOSSIBLE["condition"]:
        raise Refused(f"a condition is expected, but this gives {_ARTICLES[node.kind]}; compare it with something")


def _conditions(node: Node) -> tuple[Node, ...]:
    """The nodes directly below that are asked for yes or no."""
    if isinstance(node, Lazy):
        return {"if": node.arguments[:1], "first": ()}.get(node.name, node.arguments)
    if isinstance(node, Fold):
        asked = (node.where, node.body if node.name in ("some", "every") else None)
        return tuple(n for n in asked if n is not None)
    return ()


_IMPOSSIBLE = {
    "text": ("list", "object", "condition"),
    "number": ("list", "object", "condition"),
    "day": ("list", "object", "condition", "number", "integer"),
    "condition": ("text", "number", "integer", "list", "object"),
    "list": ("text", "number", "integer", "condition", "object"),
}
_ARTICLES = {
    "text": "a text",
    "number": "a number",
    "integer": "a number",
    "day": "a date",
    "condition": "a condition",
    "list": "a list",
    "object": "an object",
    "any": "a value",
}


def every_item(items: tuple[Item, ...]) -> Iterator[Item]:
    """Every item, those inside groups and lists included."""
    for item in items:
        yield item
        yield from every_item(item.fields or ())
