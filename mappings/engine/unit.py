"""The source under construction: names, lines and the objects that generated code refers to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mappings.engine.finish import joined, prune
from mappings.engine.interpret import gather_text
from mappings.engine.nodes import Call, Fold, Get, Lazy, Node, Number, walk
from mappings.engine.plan import Binder, Item, every_item
from mappings.engine.registry import to_condition, to_number, transforms
from mappings.engine.transforms.numbers import SHORT
from mappings.engine.values import ABSENT, WRITTEN, holder, hollow, is_there, plain, read_digits, read_row, rows_of

Key = tuple[Node, str]  # a node in a role: "value", "number" (made a number first) or "holder" (read from)

_NUMERIC = frozenset({"add", "subtract", "multiply", "divide_by", "negate", "round", "round_money"})


def environment() -> dict[str, Any]:
    """All that generated code can name. There are no builtins in it but these."""
    return {
        "__builtins__": {},
        **{f.__name__: f for f in (str, list, bool, int, len, enumerate)},
        **{f.__name__: f for f in (hollow, holder, plain, prune, joined, read_row, rows_of, is_there)},
        **{f.__name__: f for f in (to_condition, to_number, gather_text)},
        "read_digits": read_digits,
        "A": ABSENT,
        "D": Decimal,
        "LONE": [ABSENT],
        "UNSEEN": object(),
        "WRITTEN": WRITTEN,
        "ZERO": Decimal(0),
    }


class Unit:
    """One compiled mapping. While `dense`, code is written that takes every key of the record, and every number of a
    row, to be there, and fails otherwise."""

    def __init__(self, binder: Binder, items: Iterable[Item]) -> None:
        self.dense = False
        self.binder = binder
        self.names = environment()
        self.functions: list[str] = []
        self.numbered = {n.level for item in every_item(tuple(items)) for n in _numbers(item)}
        self._taken = 0
        self._uncounted = 100  # parts of texts whose length is not counted
        self._afforded: dict[Node, bool] = {}
        self._kept: dict[tuple[str, str, int], str] = {}
        self._alive: list[Any] = []

    def fresh(self, prefix: str) -> str:
        self._taken += 1
        return f"{prefix}{self._taken}"

    def keep(self, prefix: str, value: Any, same: str = "") -> str:
        """A name for an object; values with the same text `same` share one."""
        key = (prefix, same, 0 if same else id(value))
        if key not in self._kept:
            self._alive.append(value)  # an id is unique only while its object lives
            self._kept[key] = self.fresh(prefix)
            self.names[self._kept[key]] = value
        return self._kept[key]

    def affords(self, node: Node, level: int) -> bool:
        """Whether the length of a text need not be counted: nothing is put together in it, or only little of what the
        row itself holds, so that all such texts of a record stay below a fixed multiple of its size."""
        if node not in self._afforded:
            growing = [part for part in walk(node) if isinstance(part, Call) and transforms()[part.name].grows]
            self._afforded[node] = not growing and not node.walks
            if growing and self._is_small(node, growing, level):
                self._uncounted -= node.size
                self._afforded[node] = True
        return self._afforded[node]

    def _is_small(self, node: Node, growing: list[Call], level: int) -> bool:
        only_joins = all(part.name == "concat" for part in growing)
        return only_joins and not node.walks and node.levels == {level} and node.size <= self._uncounted

    def number(self, code: str, kind: str, *, sure: bool = False) -> str:
        """Code that makes any value a number. A longer text that begins with a digit is read at once, a shorter one is
        looked up among those read before, the rest is taken with care. `sure` code fails for anything but text."""
        known = self.keep("m", self.binder.numbers)
        if kind not in ("any", "text"):
            return f"{known}[{code}]"
        temp = self.fresh("t")
        plain = f"('0' <= {temp} < ':' or '-0' <= {temp} < '-:')"
        test = f"len({temp} := {code})" if sure else f"({temp} := {code}).__class__ is str and len({temp})"
        return f"(read_digits({temp}) if {test} > {SHORT} and {plain} else {known}[{temp}])"

    def named(self, name: str) -> str:
        """A function's name in the code being written."""
        return f"{name}_dense" if self.dense else name

    def scopes(self, level: int) -> list[str]:
        """The variables that stand for the record and the rows above a level, as a function takes them."""
        forms = ("s",) if self.dense else ("r", "s")
        rows = [f"{v}{n}" for n in range(1, level) for v in (*forms, *(("i",) if n in self.numbered else ()))]
        return ["s0", *rows, "b"]


@dataclass(frozen=True)
class Slot:
    """A place between lines that is filled later. At the head of a loop, `level` is that of its rows."""

    indent: int
    level: int
    lines: list[str] = field(default_factory=list)

    def line(self, text: str) -> None:
        self.lines.append(" " * self.indent + text)


Lines = list["str | Slot"]


class Block:
    """Lines of one function at one depth. `memo` holds what is already in a variable here, `loops` the heads of the
    loops around it, the outermost first."""

    def __init__(
        self, unit: Unit, lines: Lines, indent: int, memo: dict[Key, str] | None = None, loops: tuple[Slot, ...] = ()
    ) -> None:
        self.unit, self.lines, self.indent, self.loops = unit, lines, indent, loops
        self.memo = memo if memo is not None else {}
        self.uses: Counter[Key] = Counter()

    def line(self, text: str) -> None:
        self.lines.append(" " * self.indent + text)

    def slot(self, level: int = 0) -> Slot:
        slot = Slot(self.indent, level)
        self.lines.append(slot)
        return slot

    def inside(self, loop: Slot | None = None) -> Block:
        """A block one step deeper that may use what is known here but keeps what it finds to itself."""
        loops = self.loops if loop is None else (*self.loops, loop)
        return Block(self.unit, self.lines, self.indent + 1, dict(self.memo), loops)

    @property
    def sure(self) -> bool:
        """Whether code here may fail, because numbers of rows are taken to be there."""
        return self.unit.dense and bool(self.loops)

    def beside(self) -> Block:
        """A block at the same depth that keeps what it finds to itself."""
        return Block(self.unit, self.lines, self.indent, dict(self.memo), self.loops)

    def head(self, node: Node) -> Slot | None:
        """The head of the outermost loop that does not change a node's value, None if there is no such loop."""
        changes = max(node.levels, default=0)
        return next((loop for loop in self.loops if loop.level > changes), None)

    def expect(self, node: Node | None, role: str = "value") -> None:
        """Counts the uses of everything an expression needs, so that what is needed twice is worked out once."""
        if node is None:
            return
        key = (node, role)
        self.uses[key] += 1
        if self.uses[key] == 1:
            for child, how in below(node, role):
                self.expect(child, how)


def joined_lines(lines: Lines) -> str:
    return "\n".join(text for one in lines for text in ([one] if isinstance(one, str) else one.lines)) + "\n"


def below(node: Node, role: str) -> list[Key]:
    """What an expression needs in the same surroundings, each in its role."""
    if role != "value" and not isinstance(node, Get):
        return [(node, "value")]
    if isinstance(node, Get):
        if role == "number" or (role == "holder" and isinstance(node.key, int)):
            return [(node, "value")]
        return [(node.of, "value" if isinstance(node.key, int) else "holder")]
    if isinstance(node, Fold):
        return [(node.items, "value")]
    if isinstance(node, Call):
        return [(argument, argument_role(node, i)) for i, argument in enumerate(node.arguments)]
    return [(argument, "value") for argument in node.arguments] if isinstance(node, Lazy) else []


def argument_role(call: Call, position: int) -> str:
    """Operands of calculations are made numbers first, except those that are numbers already."""
    if call.name not in _NUMERIC or (position == 1 and call.name in ("round", "round_money")):
        return "value"
    return "value" if call.arguments[position].kind == "number" else "number"


def _numbers(item: Item) -> list[Number]:
    rows = item.rows
    nodes = [item.when, item.node, *((rows.each, rows.each2, rows.where) if rows else ())]
    return [part for node in nodes if node is not None for part in walk(node) if isinstance(part, Number)]
