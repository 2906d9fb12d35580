"""Expression text to nodes. The text is read by Python's own parser; only what is listed here is let through."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from mappings.engine import limits
from mappings.engine.faults import Refused
from mappings.engine.nodes import FOLDS, Constant, Maker, Node
from mappings.engine.registry import is_ordinary, transforms
from mappings.engine.values import bounded

_OPERATORS: Final[Mapping[type[ast.AST], str]] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide_by",
    ast.Eq: "equals",
    ast.NotEq: "differs",
    ast.Lt: "less",
    ast.LtE: "at_most",
    ast.Gt: "greater",
    ast.GtE: "at_least",
}
_FOLD_ARGUMENTS: Final = {"count": (1, 1), "some": (2, 2), "every": (2, 2), "join": (2, 3)}


@dataclass(frozen=True)
class Surroundings:
    """Where an expression stands: how many lists around it, their paths for display, and the named values."""

    level: int
    named: Callable[[str], Node | None]

    def deeper(self) -> Surroundings:
        return Surroundings(self.level + 1, self.named)


class Parser:
    """Turns expression texts of one mapping into nodes of one graph."""

    def __init__(self) -> None:
        self.make = Maker()

    def read(self, text: str, where: Surroundings) -> Node:
        """The node of an expression; Refused in words where it is not of the language."""
        reading = _Reading(self.make, text.strip())
        node = reading.visit(_syntax(reading.text), where)
        if node.size > limits.EXPRESSION_NODES:
            raise Refused(f"the expression has more than {limits.EXPRESSION_NODES} parts; divide it among fields")
        if node.depth > limits.EXPRESSION_DEPTH:
            raise Refused(
                f"the expression is nested deeper than {limits.EXPRESSION_DEPTH} levels; name its parts in let"
            )
        return node


class _Reading:
    def __init__(self, make: Maker, text: str) -> None:
        self.make = make
        self.text = text

    def visit(self, tree: ast.expr, at: Surroundings) -> Node:
        handler = _VISITORS.get(type(tree))
        if handler is None:
            raise Refused(f"{_WORDS.get(type(tree), type(tree).__name__)} cannot be used in a mapping")
        return handler(self, tree, at)

    # ------------------------------------------------------------------------------------------------ values
    def constant(self, tree: ast.Constant, at: Surroundings) -> Node:
        value = tree.value
        if value is None or isinstance(value, bool | str):
            return self.make.constant(value)
        if isinstance(value, int | float):
            return self.make.constant(self.literal(tree))
        raise Refused("only texts, numbers, True, False and None can be written as values")

    def literal(self, tree: ast.Constant) -> Decimal:
        written = ast.get_source_segment(self.text, tree) or ""
        try:
            return bounded(written)
        except Refused:
            raise Refused(f"“{written[:40]}” is not a number in plain digits") from None

    def name(self, tree: ast.Name, at: Surroundings) -> Node:
        name = self.checked(tree.id, tree)
        if name == "this":
            return self.make.scope(at.level)
        if name == "root":
            return self.make.scope(0)
        if name == "parent":
            if at.level == 0:
                raise Refused("“parent” has no meaning outside a list")
            return self.make.scope(at.level - 1)
        if name == "index":
            if at.level == 0:
                raise Refused("“index” has no meaning outside a list")
            return self.make.number(at.level)
        return at.named(name) or self.make.get(self.make.scope(at.level), name)

    def checked(self, name: str, tree: ast.expr) -> str:
        """The name if it is one of a field, and written with the characters that it shows."""
        if name.startswith("__"):
            raise Refused(f"“{name[:40]}” may not begin with two underscores; write this['{name[:40]}'] instead")
        if not self.text.isascii() and not (ast.get_source_segment(self.text, tree) or "").endswith(name):
            raise Refused(f"“{name[:40]}” is written with look-alike characters; type it anew")
        return name

    def attribute(self, tree: ast.Attribute, at: Surroundings) -> Node:
        return self.make.get(self.visit(tree.value, at), self.checked(tree.attr, tree))

    def subscript(self, tree: ast.Subscript, at: Surroundings) -> Node:
        inner = self.visit(tree.slice, at) if isinstance(tree.slice, ast.Constant | ast.UnaryOp) else None
        key = _key(inner)
        if key is None:
            raise Refused("in square brackets stands a field name in quotes or a row number, like [0] or [-1]")
        return self.make.get(self.visit(tree.value, at), key)

    # --------------------------------------------------------------------------------------------- operators
    def binary(self, tree: ast.BinOp, at: Surroundings) -> Node:
        name = _OPERATORS.get(type(tree.op))
        if name is None:
            raise Refused(
                f"the operator {_WORDS.get(type(tree.op), type(tree.op).__name__)} cannot be used; use + - * /"
            )
        return self.make.call(name, (self.visit(tree.left, at), self.visit(tree.right, at)))

    def unary(self, tree: ast.UnaryOp, at: Surroundings) -> Node:
        inner = self.visit(tree.operand, at)
        if isinstance(tree.op, ast.USub) and isinstance(inner, Constant) and isinstance(inner.value, Decimal):
            return self.make.constant(-inner.value)
        if isinstance(tree.op, ast.USub):
            return self.make.call("negate", (inner,))
        if isinstance(tree.op, ast.Not):
            return self.make.call("negation", (inner,))
        raise Refused("only - and not can stand before a value")

    def compare(self, tree: ast.Compare, at: Surroundings) -> Node:
        if len(tree.ops) != 1:
            raise Refused("compare two values at a time and join the comparisons with and")
        left, operator, right = self.visit(tree.left, at), tree.ops[0], tree.comparators[0]
        if isinstance(operator, ast.In | ast.NotIn):
            found = self.make.call("one_of", (left, *self.choices(right, at)))
            return found if isinstance(operator, ast.In) else self.make.call("negation", (found,))
        if type(operator) not in _OPERATORS:
            raise Refused("values are compared with == != < <= > >= in; use empty() or absent() instead of is")
        return self.make.call(_OPERATORS[type(operator)], (left, self.visit(right, at)))

    def choices(self, tree: ast.expr, at: Surroundings) -> tuple[Node, ...]:
        if not isinstance(tree, ast.Tuple | ast.List) or not tree.elts:
            raise Refused("after in stands a list of values, like ('posted', 'paid')")
        return tuple(self.visit(choice, at) for choice in tree.elts)

    def boolean(self, tree: ast.BoolOp, at: Surroundings) -> Node:
        name = "and" if isinstance(tree.op, ast.And) else "or"
        nodes = tuple(self.visit(value, at) for value in tree.values)
        return self.make.lazy(name, nodes)

    def choice(self, tree: ast.IfExp, at: Surroundings) -> Node:
        nodes = (self.visit(tree.test, at), self.visit(tree.body, at), self.visit(tree.orelse, at))
        return self.make.lazy("if", nodes)

    # ------------------------------------------------------------------------------------------------- calls
    def call(self, tree: ast.Call, at: Surroundings) -> Node:
        if not isinstance(tree.func, ast.Name):
            raise Refused("only the transforms of the list can be called, by their name alone")
        name = self.checked(tree.func.id, tree.func)
        if name in FOLDS:
            return self.fold(name, tree, at)
        if tree.keywords or any(isinstance(a, ast.Starred) for a in tree.args):
            raise Refused(f"{name[:40]}() takes plain arguments only")
        arguments = tuple(self.visit(argument, at) for argument in tree.args)
        if name == "first" and arguments:
            return self.make.lazy("first", arguments)
        if name not in transforms() or (transforms()[name].symbol and name not in ("negate",)):
            raise Refused(f"there is no transform {name[:40]}(){_nearest(name, callable_names())}")
        self.count(name, len(arguments))
        return self.make.call(name, arguments)

    def count(self, name: str, given: int) -> None:
        least, most = transforms()[name].counts()
        if given < least or (most is not None and given > most):
            wanted = str(least) if least == most else f"{least} to {most}" if most else f"at least {least}"
            raise Refused(f"{name}() takes {wanted} arguments, {given} are given")

    def fold(self, name: str, tree: ast.Call, at: Surroundings) -> Node:
        least, most = _FOLD_ARGUMENTS.get(name, (2, 2))
        where = [k for k in tree.keywords if k.arg == "where"]
        if len(where) != len(tree.keywords) or not least <= len(tree.args) <= most:
            shape = "list" if name == "count" else "list, value per row"
            raise Refused(f"write {name}({shape}, where=condition per row); where may be left out")
        inner = at.deeper()
        items = self.visit(tree.args[0], at)
        body = self.visit(tree.args[1], inner) if most > 1 else None
        kept = self.visit(where[0].value, inner) if where else None
        separator = self.separator(tree, inner) if name == "join" else ""
        return self.make.fold(name, items, body, kept, separator, inner.level)

    def separator(self, tree: ast.Call, at: Surroundings) -> str:
        if len(tree.args) < 3:
            return ", "
        node = self.visit(tree.args[2], at)
        if not isinstance(node, Constant) or not isinstance(node.value, str):
            raise Refused("join() takes its separator as a text in quotes")
        return node.value


def names_in(text: str) -> set[str]:
    """The names that an expression uses, whatever they stand for; none if it cannot be read."""
    try:
        tree = _syntax(text.strip())
    except Refused:
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _syntax(text: str) -> ast.expr:
    if len(text) > limits.EXPRESSION_TEXT:
        raise Refused(f"the expression is longer than {limits.EXPRESSION_TEXT:,} characters; divide it among fields")
    if not is_ordinary(text):
        raise Refused("the expression contains invisible or direction-changing characters; type it anew")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = error.msg if isinstance(error, SyntaxError) else "it cannot be read"
        raise Refused(f"the expression is not complete or not correctly written: {said}") from None
    _check_depth(tree)
    return tree


def _check_depth(tree: ast.expr) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(2 * limits.EXPRESSION_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise Refused(f"the expression is nested deeper than {limits.EXPRESSION_DEPTH} levels; name its parts in let")


def _key(node: Node | None) -> str | int | None:
    if not isinstance(node, Constant):
        return None
    value = node.value
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < 100_000:
        return int(value)
    return None


def callable_names() -> list[str]:
    """What can stand before a bracket."""
    return sorted([n for n, t in transforms().items() if not t.symbol or n == "negate"] + list(FOLDS) + ["first"])


def _nearest(name: str, names: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {found[0]}()?" if found else ""


_WORDS: Final[Mapping[type[ast.AST], str]] = {
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.NamedExpr: "an assignment",
    ast.JoinedStr: "a format string",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.List: "a list",
    ast.Tuple: "a tuple",
    ast.Starred: "a star",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.Slice: "a slice",
    ast.Pow: "**",
    ast.Mod: "%",
    ast.FloorDiv: "//",
    ast.MatMult: "@",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
}
_VISITORS: Final[Mapping[type[ast.AST], Callable[..., Node]]] = {
    ast.Constant: _Reading.constant,
    ast.Name: _Reading.name,
    ast.Attribute: _Reading.attribute,
    ast.Subscript: _Reading.subscript,
    ast.BinOp: _Reading.binary,
    ast.UnaryOp: _Reading.unary,
    ast.Compare: _Reading.compare,
    ast.BoolOp: _Reading.boolean,
    ast.IfExp: _Reading.choice,
    ast.Call: _Reading.call,
}
