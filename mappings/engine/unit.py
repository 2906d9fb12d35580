"""The source under construction: names, lines and the objects that generated code refers to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from mappings.engine.finish import joined, prune
from mappings.engine.interpret import gather_text
from mappings.engine.nodes import Call, Fold, Get, Lazy, Node, Number, walk
from mappings.engine.plan import Binder, Item, every_item
from mappings.engine.registry import to_condition, to_number
from mappings.engine.values import ABSENT, WRITTEN, holder, hollow, is_there, plain, quotient, read_row, rows_of

Key = tuple[Node, str]  # a node in a role: "value", "number" (made a number first) or "holder" (read from)

_NUMERIC = frozenset({"add", "subtract", "multiply", "divide_by", "negate", "round", "round_money"})


def environment() -> dict[str, Any]:
    """All that generated code can name. There are no builtins in it but these."""
    return {
        "__builtins__": {},
        **{f.__name__: f for f in (str, list, bool, int, len, enumerate)},
        **{f.__name__: f for f in (hollow, holder, plain, prune, joined, read_row, rows_of, is_there)},
        **{f.__name__: f for f in (to_condition, to_number, gather_text)},
        "quotient": quotient,
        "A": ABSENT,
        "D": Decimal,
        "LONE": [ABSENT],
        "WRITTEN": WRITTEN,
        "ZERO": Decimal(0),
    }


class Unit:
    """One compiled mapping."""

    def __init__(self, binder: Binder, items: Iterable[Item]) -> None:
        self.binder = binder
        self.names = environment()
        self.functions: list[str] = []
        self.numbered = {n.level for item in every_item(tuple(items)) for n in _numbers(item)}
        self._taken = 0
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

    def numbers(self) -> str:
        """The name of the table that turns any value into a number."""
        return self.keep("m", self.binder.numbers)

    def scopes(self, level: int) -> list[str]:
        """The variables that stand for the record and the rows above a level, as a function takes them."""
        rows = [f"{v}{n}" for n in range(1, level) for v in ("r", "s", *(("i",) if n in self.numbered else ()))]
        return ["s0", *rows, "b"]


class Block:
    """Lines of one function at one depth. `memo` holds what is already in a variable here."""

    def __init__(self, unit: Unit, lines: list[str], indent: int, memo: dict[Key, str]) -> None:
        self.unit, self.lines, self.indent = unit, lines, indent
        self.memo = memo
        self.uses: Counter[Key] = Counter()

    def line(self, text: str) -> None:
        self.lines.append(" " * self.indent + text)

    def inside(self) -> Block:
        """A block one step deeper that may use what is known here but keeps what it finds to itself."""
        return Block(self.unit, self.lines, self.indent + 1, dict(self.memo))

    def expect(self, node: Node | None, role: str = "value") -> None:
        """Counts the uses of everything an expression needs, so that what is needed twice is worked out once."""
        if node is None:
            return
        key = (node, role)
        self.uses[key] += 1
        if self.uses[key] == 1:
            for child, how in below(node, role):
                self.expect(child, how)


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
