"""Nodes to Python source. Common cases are written out so that they cost what hand-written code costs; everything
else calls the same functions as the interpreter. No text of a mapping becomes code: names are numbered, constants
are literals made by repr()."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from mappings.engine.nodes import Call, Constant, Fold, Get, Lazy, Node, Number, Scope, children
from mappings.engine.registry import transforms
from mappings.engine.transforms.numbers import quantum
from mappings.engine.unit import Block, Unit, argument_role

_BARE: Final = ("add", "subtract", "multiply", "round")


class Writer:
    """Writes expressions into one block. Strict: the expression is evaluated whatever the record holds, so its
    parts may be worked out ahead; otherwise it stays in its place."""

    def __init__(self, unit: Unit, block: Block, fold: Callable[[Fold, str], str]) -> None:
        self.unit = unit
        self.block = block
        self.fold = fold

    def code(self, node: Node, role: str = "value", *, strict: bool = True) -> str:
        key = (node, role)
        if key in self.block.memo:
            return self.block.memo[key]
        code = self.once(node, self.fresh(node, role, strict))
        if strict and self.block.uses[key] > 1 and not isinstance(node, Constant | Scope | Number):
            name = self.unit.fresh("x")
            self.block.line(f"{name} = {code}")
            self.block.memo[key] = code = name
        return code

    def once(self, node: Node, code: str) -> str:
        """Code that works a value out for the first row that needs it and remembers it for the others."""
        head = self.block.head(node) if node.walks else None
        if head is None:
            return code
        name = self.unit.fresh("k")
        head.line(f"{name} = UNSEEN")
        return f"({name} if {name} is not UNSEEN else ({name} := {code}))"

    def fresh(self, node: Node, role: str, strict: bool) -> str:
        if role == "number":
            return self.unit.number(self.code(node, strict=strict), node.kind, sure=self.block.sure)
        if isinstance(node, Scope):
            return f"r{node.level}" if role == "value" and node.level > 0 and not self.unit.dense else f"s{node.level}"
        if isinstance(node, Get):
            return self.get(node, role, strict)
        if role == "holder":
            return f"holder({self.code(node, strict=strict)})"
        if isinstance(node, Fold):
            return self.fold(node, self.code(node.items, strict=strict))
        if isinstance(node, Lazy):
            return self.lazy(node, strict)
        if isinstance(node, Call):
            return self.call(node, strict)
        return f"i{node.level}" if isinstance(node, Number) else self.constant(node)

    def constant(self, node: Node) -> str:
        assert isinstance(node, Constant)
        if isinstance(node.value, Decimal):
            return self.unit.keep("c", node.value, str(node.value))
        return repr(node.value)

    def get(self, node: Get, role: str, strict: bool) -> str:
        if isinstance(node.key, int):
            code = f"read_row({self.code(node.of, strict=strict)}, {node.key})"
            return f"holder({self.code(node, strict=strict)})" if role == "holder" else code
        holder = self.code(node.of, "holder", strict=strict)
        code = f"{holder}[{node.key!r}]" if self.unit.dense else f"{holder}.get({node.key!r}, A)"
        if role == "value":
            return code
        temp = self.unit.fresh("t")
        return f"({temp} if ({temp} := {code}) else hollow({temp}))"

    # ------------------------------------------------------------------------------------------------- lazy
    def lazy(self, node: Lazy, strict: bool) -> str:
        if node.name == "if":
            test, then, otherwise = node.arguments
            condition = self.condition(test, strict=strict)
            return f"({self.code(then, strict=False)} if {condition} else {self.code(otherwise, strict=False)})"
        if node.name == "first":
            return self.first(node, strict)
        parts = [self.condition(part, strict=strict and i == 0) for i, part in enumerate(node.arguments)]
        return f"({f' {node.name} '.join(parts)})"

    def first(self, node: Lazy, strict: bool) -> str:
        temps, code = [], ""
        for i, part in enumerate(node.arguments):
            temp = self.unit.fresh("t")
            temps.append(temp)
            code += f"{temp} if ({temp} := {self.code(part, strict=strict and i == 0)}) or is_there({temp}) else "
        return f"({code}A if {' or '.join(f'{t} is A' for t in temps)} else None)"

    def condition(self, node: Node, *, strict: bool) -> str:
        code = self.code(node, strict=strict)
        if is_sure(node):
            return code
        temp = self.unit.fresh("t")
        return f"({temp} if ({temp} := {code}).__class__ is bool else to_condition({temp}))"

    # ------------------------------------------------------------------------------------------------ calls
    def call(self, node: Call, strict: bool) -> str:
        write = _INLINE.get(node.name)
        ready = self.unit.binder.ready(node)
        remembered = ready.remembered
        name = self.unit.keep("f", ready.call) if remembered is None else self.unit.keep("m", remembered)
        codes = [
            self.code(argument, argument_role(node, i), strict=strict) if i in ready.live else ""
            for i, argument in enumerate(node.arguments)
        ]
        inline = write(self, node, codes, name) if write is not None else None
        if inline is not None:
            return inline
        given = ", ".join(codes[i] for i in ready.live)
        return f"{name}[{given}]" if remembered is not None else f"{name}({given})"

    def when_text(self, code: str, then: str, slow: str) -> str:
        """`then` may use {t}; it applies where the value is a text."""
        temp = self.unit.fresh("t")
        return f"({then.format(t=temp)} if ({temp} := {code}).__class__ is str else {unless_gone(temp, slow)})"

    def both_numbers(self, node: Call, codes: list[str], then: str, slow: str, *, strict: bool) -> str:
        """`then` may use {a} and {b}; it applies where both operands are numbers. They are never anything but a
        number, null or absent, so that of a strict operation nothing else can come."""
        fixed = [isinstance(n, Constant) and isinstance(n.value, Decimal) for n in node.arguments]
        if all(fixed):
            return f"{slow}({', '.join(codes)})"
        if self.block.sure:
            return f"({then.format(a=codes[0], b=codes[1])})"
        names = [code if known else self.unit.fresh("t") for code, known in zip(codes, fixed, strict=True)]
        tests = "".join(
            f"({n} := {c}).__class__ is " for n, c, known in zip(names, codes, fixed, strict=True) if not known
        )
        gone = " or ".join(f"{n} is A" for n, known in zip(names, fixed, strict=True) if not known)
        other = f"A if {gone} else None" if strict else f"{slow}({', '.join(names)})"
        return f"({then.format(a=names[0], b=names[1])} if {tests}D else {other})"


def unless_gone(name: str, slow: str) -> str:
    """A call that absent and null pass by, as they would in it."""
    return f"{name} if {name} is A or {name} is None else {slow}({name})"


def is_sure(node: Node) -> bool:
    """Whether a node always gives true or false, never absent or empty."""
    if isinstance(node, Call):
        return node.kind == "condition" and not transforms()[node.name].passes_on
    if isinstance(node, Lazy):
        return node.name in ("and", "or")
    return isinstance(node, Constant) and isinstance(node.value, bool)


def never_absent(node: Node) -> bool:
    """Whether a value is there or null wherever every key is there: only rows can be missing then."""
    if isinstance(node, Get):
        return isinstance(node.key, str) and (isinstance(node.of, Scope) or never_absent(node.of))
    return not isinstance(node, Scope) and all(never_absent(child) for child in children(node))


def calculated(node: Node) -> Iterator[Node]:
    """What is calculated with whatever the record holds: code that takes numbers to be there fails if it is no text."""
    if isinstance(node, Call) and (
        node.name in _BARE or (node.name == "divide_by" and isinstance(node.arguments[1], Constant))
    ):
        yield from (part for i, part in enumerate(node.arguments) if argument_role(node, i) == "number")
    always = node.arguments[:1] if isinstance(node, Lazy) else () if isinstance(node, Fold) else children(node)
    for part in always:
        yield from calculated(part)


def _constant(node: Node) -> str | None:
    return node.value if isinstance(node, Constant) and isinstance(node.value, str) and node.value else None


def _method(name: str) -> Inline:
    return lambda w, node, codes, slow: w.when_text(codes[0], f"{{t}}.{name}()", slow)


def _replace(w: Writer, node: Call, codes: list[str], slow: str) -> str | None:
    old, new = node.arguments[1:]
    if not isinstance(old, Constant) or not isinstance(new, Constant) or _constant(old) is None:
        return None
    if not isinstance(new.value, str) or len(new.value) > len(old.value):
        return None  # what may grow the text is left to the function, which counts
    temp = w.unit.fresh("t")
    call = f"{slow}({temp}, {codes[1]}, {codes[2]})"
    return f"({temp}.replace({codes[1]}, {codes[2]}) if ({temp} := {codes[0]}).__class__ is str else {call})"


def _substring(w: Writer, node: Call, codes: list[str], slow: str) -> str | None:
    bounds = [int(a.value) for a in node.arguments[1:] if isinstance(a, Constant)]
    if min(bounds) < 0:
        return None
    end = str(bounds[0] + bounds[1]) if len(bounds) == 2 else ""
    return w.when_text(codes[0], f"{{t}}[{bounds[0]}:{end}]", slow)


def _concat(w: Writer, node: Call, codes: list[str], slow: str) -> str | None:
    variable = [i for i, argument in enumerate(node.arguments) if not isinstance(argument, Constant)]
    fixed = all(_constant(a) is not None for a in node.arguments if isinstance(a, Constant))
    if not fixed or not 1 <= len(variable) <= 4 or len(codes) > 8:
        return None
    names = [w.unit.fresh("t") if i in variable else code for i, code in enumerate(codes)]
    tests = "".join(f"({names[i]} := {codes[i]}).__class__ is " for i in variable)
    known = variable[:2]  # a chain of tests ends at the first that fails, so only two are sure to have a value
    again = [names[i] if i in known or i not in variable else codes[i] for i in range(len(codes))]
    return f"({' + '.join(names)} if {tests}str else {slow}({', '.join(again)}))"


def _arithmetic(symbol: str) -> Inline:
    return lambda w, node, codes, slow: w.both_numbers(node, codes, f"{{a}} {symbol} {{b}}", slow, strict=True)


def _divide(w: Writer, node: Call, codes: list[str], slow: str) -> str | None:
    divisor = node.arguments[1]
    if not isinstance(divisor, Constant) or not isinstance(divisor.value, Decimal) or not divisor.value:
        return None
    return w.both_numbers(node, codes, "{a} / {b}", slow, strict=True)


def _ordered(symbol: str) -> Inline:
    def write(w: Writer, node: Call, codes: list[str], slow: str) -> str | None:
        if any(argument.kind != "number" for argument in node.arguments):
            return None
        return w.both_numbers(node, codes, f"{{a}} {symbol} {{b}}", slow, strict=False)

    return write


def _round(w: Writer, node: Call, codes: list[str], slow: str) -> str | None:
    places = node.arguments[1]
    assert isinstance(places, Constant)
    step = w.unit.keep("q", quantum(int(places.value)), str(places.value))
    if w.block.sure:
        return f"{codes[0]}.quantize({step}, None, WRITTEN)"
    temp = w.unit.fresh("t")
    return f"({temp}.quantize({step}, None, WRITTEN) if ({temp} := {codes[0]}).__class__ is D else {temp})"


def _equals(symbol: str) -> Inline:
    def write(_w: Writer, node: Call, codes: list[str], _slow: str) -> str | None:
        if all(_constant(argument) is None for argument in node.arguments):
            return None
        return f"({codes[0]} {symbol} {codes[1]})"

    return write


def _one_of(_w: Writer, node: Call, codes: list[str], _slow: str) -> str | None:
    if any(_constant(argument) is None for argument in node.arguments[1:]):
        return None
    return f"({codes[0]} in ({', '.join(codes[1:])},))"


def _decimal(w: Writer, node: Call, codes: list[str], slow: str) -> str | None:
    return w.unit.number(codes[0], node.arguments[0].kind, sure=w.block.sure)


def _negation(w: Writer, node: Call, codes: list[str], slow: str) -> str | None:
    return f"(not {codes[0]})" if is_sure(node.arguments[0]) else None


Inline = Callable[[Writer, Call, list[str], str], str | None]
_INLINE: Final[Mapping[str, Inline]] = {
    "trim": _method("strip"),
    "upper": _method("upper"),
    "lower": _method("lower"),
    "replace": _replace,
    "substring": _substring,
    "concat": _concat,
    "decimal": _decimal,
    "add": _arithmetic("+"),
    "subtract": _arithmetic("-"),
    "multiply": _arithmetic("*"),
    "divide_by": _divide,
    "less": _ordered("<"),
    "at_most": _ordered("<="),
    "greater": _ordered(">"),
    "at_least": _ordered(">="),
    "round": _round,
    "equals": _equals("=="),
    "differs": _equals("!="),
    "one_of": _one_of,
    "negation": _negation,
}
