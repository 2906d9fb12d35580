"""An expression as a graph. Equal expressions are one node, so that sharing work is a question of identity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from mappings.engine.registry import transforms
from mappings.engine.values import Value

LAZY: Final = ("first", "and", "or", "if")
RESERVED: Final = frozenset({"this", "root", "parent", "index", "True", "False", "None"})
_NONE: Final[frozenset[int]] = frozenset()
FOLDS: Final = ("sum", "count", "join", "collect", "pick", "some", "every")


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """`size` counts nodes as if nothing were shared; `levels` are those whose record or row is read; `walks` says
    that rows are walked over; `kind` is what the node gives: text, number, integer, condition, list, object or any."""

    size: int
    depth: int
    levels: frozenset[int]
    walks: bool
    kind: str


@dataclass(frozen=True, eq=False, slots=True)
class Constant(Node):
    value: Value


@dataclass(frozen=True, eq=False, slots=True)
class Scope(Node):
    """The record (level 0) or the current row of the list at that level around the field."""

    level: int


@dataclass(frozen=True, eq=False, slots=True)
class Number(Node):
    """Which row it is, counted from 1."""

    level: int


@dataclass(frozen=True, eq=False, slots=True)
class Get(Node):
    of: Node
    key: str | int


@dataclass(frozen=True, eq=False, slots=True)
class Call(Node):
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Lazy(Node):
    """Evaluates only what it needs: first, and, or, if (condition, then, otherwise)."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Fold(Node):
    """Walks over rows; `body` and `where` are read with the row as their scope, at `level`."""

    name: str
    items: Node
    body: Node | None
    where: Node | None
    separator: str
    level: int


class Maker:
    """Makes nodes, each different one once."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], Node] = {}

    def constant(self, value: Value) -> Node:
        kind = {str: "text", bool: "condition", Decimal: "number"}.get(value.__class__, "any")
        return self._once((Constant, kind, repr(value)), lambda: Constant(1, 1, _NONE, False, kind, value))

    def scope(self, level: int) -> Node:
        return self._once((Scope, level), lambda: Scope(1, 1, frozenset({level}), False, "any", level))

    def number(self, level: int) -> Node:
        return self._once((Number, level), lambda: Number(1, 1, frozenset({level}), False, "integer", level))

    def get(self, of: Node, key: str | int) -> Node:
        return self._once((Get, of, key), lambda: Get(*_extent((of,)), "any", of, key))

    def call(self, name: str, arguments: tuple[Node, ...]) -> Node:
        kind = transforms()[name].returns
        if kind == "any" and name in ("lookup", "lookup_back"):
            kind = _common((self.constant(""), *arguments[2:]))
        return self._once((Call, name, arguments), lambda: Call(*_extent(arguments), kind, name, arguments))

    def lazy(self, name: str, arguments: tuple[Node, ...]) -> Node:
        kind = "condition" if name in ("and", "or") else _common(arguments[1:] if name == "if" else arguments)
        return self._once((Lazy, name, arguments), lambda: Lazy(*_extent(arguments), kind, name, arguments))

    def fold(self, name: str, items: Node, body: Node | None, where: Node | None, separator: str, level: int) -> Node:
        size, depth, levels, _ = _extent(tuple(n for n in (items, body, where) if n is not None))
        kept, kind = items.levels | (levels - {level}), _fold_kind(name, body)
        parts = (name, items, body, where, separator, level)
        return self._once((Fold, *parts), lambda: Fold(size, depth, kept, True, kind, *parts))

    def _once(self, key: tuple[Any, ...], make: Callable[[], Node]) -> Node:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, those inside a fold's rows included."""
    if isinstance(node, Get):
        return (node.of,)
    if isinstance(node, Call | Lazy):
        return node.arguments
    if isinstance(node, Fold):
        return tuple(n for n in (node.items, node.body, node.where) if n is not None)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Every different node, the top one first."""
    seen: set[Node] = set()
    stack = [node]
    while stack:
        current = stack.pop()
        if current not in seen:
            seen.add(current)
            yield current
            stack.extend(reversed(children(current)))


def reads(node: Node) -> list[Get]:
    """The outermost paths read anywhere below a node, in order of writing."""
    if isinstance(node, Get) and is_path(node):
        return [node]
    return [path for child in children(node) for path in reads(child)]


def is_path(node: Node) -> bool:
    """Whether a node is nothing but keys read from the record or a row."""
    while isinstance(node, Get):
        node = node.of
    return isinstance(node, Scope)


def show(node: Node, level: int = 0) -> str:
    """The expression as a person would write it in a field at that level; long constants are cut."""
    if isinstance(node, Constant):
        return repr(node.value[:60]) if isinstance(node.value, str) else str(node.value)
    if isinstance(node, Scope):
        return "this" if node.level == level else "root" if node.level == 0 else "parent"
    if isinstance(node, Number):
        return "index"
    if isinstance(node, Get):
        return _show_get(node, level)
    if isinstance(node, Fold):
        return _show_fold(node, level)
    assert isinstance(node, Call | Lazy)
    return _show_call(node, [show(argument, level) for argument in node.arguments])


def _show_get(node: Get, level: int) -> str:
    plain = isinstance(node.key, str) and node.key.isidentifier() and node.key not in RESERVED
    if plain and isinstance(node.of, Scope) and node.of.level == level:
        return str(node.key)
    base = show(node.of, level)
    return f"{base}.{node.key}" if plain else f"{base}[{node.key!r}]"


def _show_fold(node: Fold, level: int) -> str:
    parts = [show(node.items, level)] + [show(n, node.level) for n in (node.body,) if n is not None]
    return f"{node.name}({', '.join(parts)}{f', where={show(node.where, node.level)}' if node.where else ''})"


def _show_call(node: Call | Lazy, parts: list[str]) -> str:
    if node.name == "if":
        return f"({parts[1]} if {parts[0]} else {parts[2]})"
    if node.name in ("and", "or"):
        return f"({f' {node.name} '.join(parts)})"
    symbol = transforms()[node.name].symbol if isinstance(node, Call) else ""
    if not symbol:
        return f"{node.name}({', '.join(parts)})"
    if len(parts) == 1:
        return f"{symbol} {parts[0]}" if symbol.isalpha() else f"{symbol}{parts[0]}"
    return f"({parts[0]} {symbol} {parts[1] if symbol != 'in' else '(' + ', '.join(parts[1:]) + ')'})"


def _fold_kind(name: str, body: Node | None) -> str:
    fixed = {
        "sum": "number",
        "count": "integer",
        "join": "text",
        "collect": "list",
        "some": "condition",
        "every": "condition",
    }
    return fixed.get(name) or (body.kind if body else "any")


def _extent(nodes: tuple[Node, ...]) -> tuple[int, int, frozenset[int], bool]:
    size, depth = 1 + sum(n.size for n in nodes), 1 + max((n.depth for n in nodes), default=0)
    return size, depth, _NONE.union(*(n.levels for n in nodes)), any(n.walks for n in nodes)


def _common(nodes: tuple[Node, ...]) -> str:
    kinds = {n.kind for n in nodes if not (isinstance(n, Constant) and n.value is None)}
    return kinds.pop() if len(kinds) == 1 else "any"
