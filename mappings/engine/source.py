"""Writes the function of a mapping: fields, groups and loops over rows, one block of lines each."""

from __future__ import annotations

from collections.abc import Iterable

from mappings.engine.expressions import Writer
from mappings.engine.finish import Finish, group_shape
from mappings.engine.limits import LONG_TEXT
from mappings.engine.nodes import Call, Constant, Fold, Get, Lazy, Node
from mappings.engine.plan import Item, Plan, Rows
from mappings.engine.registry import transforms
from mappings.engine.unit import Block, Unit


def write_source(plan: Plan) -> tuple[str, Unit]:
    """The source of `run(s0, b)` and the unit that holds every name it uses."""
    unit = Unit(plan.binder, plan.items)
    lines: list[str] = ["def run(s0, b):"]
    block = Block(unit, lines, 1, {})
    made, absent = Fields(unit, block).write(plan.items)
    block.line(f"return {made}" if not absent else f"return {_pruned(unit, plan.items, made, absent)}")
    return "\n".join([*unit.functions, *lines]) + "\n", unit


def _pruned(unit: Unit, items: Iterable[Item], made: str, absent: str) -> str:
    shape = unit.keep("g", group_shape(item.spec for item in items))
    return f"prune({made}, {shape}) if {absent} else {made}"


class Fields:
    """Writes the fields of one record, row or group into a block."""

    def __init__(self, unit: Unit, block: Block) -> None:
        self.unit = unit
        self.block = block
        self.writer = Writer(unit, block, self.fold)
        self.absent = unit.fresh("d")

    def write(self, items: tuple[Item, ...]) -> tuple[str, str]:
        """The literal of the object, and the variable that is true if something in it is absent ("" if never)."""
        for item in items:
            self.expect(item)
        start = len(self.block.lines)
        made: dict[tuple[str, ...], str] = {}
        for item in items:
            code = self.item(item)
            key = item.spec.to
            made[key] = f"joined({made[key]}, {code})" if item.spec.append else code
        used = any(self.absent in line for line in self.block.lines[start:])
        if used:
            self.block.lines.insert(start, f"{' ' * self.block.indent}{self.absent} = False")
        return _literal(made), self.absent if used else ""

    def expect(self, item: Item) -> None:
        """Only what is evaluated in any case may be worked out ahead; what stands under a condition is counted so
        that it can use what is there."""
        self.block.expect(item.when)
        self.block.expect(item.node)
        if item.rows is not None:
            self.block.expect(item.rows.each)

    def item(self, item: Item) -> str:
        if item.node is None and item.rows is None and item.fields is None and item.when is None:
            return repr(item.spec.const)
        name = self.unit.fresh("v")
        if item.when is None:
            self.body(item, name)
            return name
        self.block.line(f"if {self.writer.condition(item.when, strict=True)}:")
        inside = Fields(self.unit, self.block.inside())
        inside.absent = self.absent
        inside.expect(Item(item.spec, None, item.node, item.rows, item.fields))
        inside.body(item, name)
        self.block.line("else:")
        self.block.line(f" {name} = A")
        self.block.line(f" {self.absent} = True")
        return name

    def body(self, item: Item, name: str) -> None:
        if item.rows is not None:
            self.rows(item, item.rows, name)
        elif item.fields is not None:
            self.group(item, name)
        elif item.node is not None:
            self.value(item, item.node, name)
        else:
            self.block.line(f"{name} = {item.spec.const!r}")

    # ------------------------------------------------------------------------------------------------ values
    def value(self, item: Item, node: Node, name: str) -> None:
        self.block.line(f"{name} = {self.writer.code(node)}")
        finish = Finish(item.spec)
        odd = self.unit.keep("e", finish)
        if node.kind == "number":
            self.block.line(f"if {name}:")
            self.block.line(f" {name} = {'str' if _is_rounded(node) else 'plain'}({name})")
            self.block.line("else:")
        elif node.kind == "text":
            longer = f" or len({name}) > {LONG_TEXT}" if _grows(node) else ""
            self.block.line(f"if not {name}{longer}:")
        elif node.kind == "integer":
            self.block.line(f"if {name}.__class__ is not int:")
        else:
            self.block.line(f"if {name}.__class__ is not str or not {name}:")
        self.block.line(f" {name} = {odd}({name}, b)")
        if finish.may_be_absent:
            self.block.line(f" if {name} is A: {self.absent} = True")

    def group(self, item: Item, name: str) -> None:
        block = Block(self.unit, self.block.lines, self.block.indent, dict(self.block.memo))
        made, absent = Fields(self.unit, block).write(item.fields or ())
        self.block.line(f"{name} = {made}")
        if absent:
            self.block.line(f"if {absent}:")
            self.block.line(f" {name} = {_pruned(self.unit, item.fields or (), name, absent)} or A")
            self.block.line(f" if {name} is A: {self.absent} = True")

    # -------------------------------------------------------------------------------------------------- rows
    def rows(self, item: Item, rows: Rows, name: str) -> None:
        each = self.unit.fresh("x")
        self.spread(self.block, self.writer, rows.each, each)
        self.block.line(f"if {each} is A: {name} = A")
        self.block.line("else:")
        inner = self.block.inside()
        dropped = self.unit.fresh("d")
        inner.line(f"{name} = {'None' if item.spec.first else '[]'}")
        inner.line(f"{dropped} = False")
        inner.line(f"b.take_rows(len({each}), {len(item.fields or ())})")
        self.loops(item, rows, inner, each, name, dropped)
        if not item.spec.first:
            inner.line(f"if {dropped} and not {name}: {name} = A")
        finish = Finish(item.spec)
        self.block.line(f"if not {name}:")
        self.block.line(f" {name} = {self.unit.keep('e', finish.made)}({name})")
        self.block.line(f" if {name} is A: {self.absent} = True")

    def loops(self, item: Item, rows: Rows, block: Block, each: str, name: str, dropped: str) -> None:
        if rows.each2 is None:
            self.loop(block, each, rows.level)
            self.row(item, rows, block.inside(), name, dropped)
            return
        if rows.level in self.unit.numbered:
            block.line(f"i{rows.level} = 0")
        self.loop(block, each, rows.level - 1)
        outer, second = block.inside(), self.unit.fresh("x")
        outer.expect(rows.each2)
        self.spread(outer, Writer(self.unit, outer, self.fold), rows.each2, second)
        outer.line(f"if not {second}: {second} = {'LONE' if rows.outer else '()'}")
        outer.line(f"b.take_rows(len({second}), {len(item.fields or ())})")
        self.loop(outer, second, rows.level, running=True)
        self.row(item, rows, outer.inside(), name, dropped)
        if item.spec.first:
            outer.line(f"if {name} is not None: break")

    def loop(self, block: Block, each: str, level: int, *, running: bool = False) -> None:
        counted = level in self.unit.numbered
        if counted and not running:
            block.line(f"for i{level}, r{level} in enumerate({each}, 1):")
        else:
            block.line(f"for r{level} in {each}:")
        if counted and running:
            block.line(f" i{level} += 1")
        block.line(f" s{level} = r{level} or hollow(r{level})")

    def row(self, item: Item, rows: Rows, block: Block, name: str, dropped: str) -> None:
        fields = Fields(self.unit, block)
        block.expect(rows.where)
        if rows.where is not None:
            block.line(f"if not {fields.writer.condition(rows.where, strict=True)}: continue")
        block.uses.clear()
        made, absent = fields.write(item.fields or ())
        row = self.unit.fresh("o")
        block.line(f"{row} = {made if not absent else _pruned(self.unit, item.fields or (), made, absent)}")
        if item.spec.first:
            block.line(f"{name} = {row} or A")
            block.line("break")
            return
        if absent:
            block.line(f"if not {row}:")
            block.line(f" {dropped} = True")
            block.line(" continue")
        block.line(f"{name}.append({row})")

    def spread(self, block: Block, writer: Writer, node: Node, name: str) -> None:
        block.line(f"{name} = {writer.code(node)}")
        block.line(f"if {name}.__class__ is not list: {name} = rows_of({name})")

    # ------------------------------------------------------------------------------------------------- folds
    def fold(self, fold: Fold, items: str) -> str:
        """The call of a function of its own that walks over the rows."""
        name = self.unit.fresh("w")
        scopes = ", ".join(self.unit.scopes(fold.level))
        lines = [f"def {name}(x, {scopes}):"]
        block = Block(self.unit, lines, 1, {})
        block.line("if x.__class__ is not list: x = rows_of(x)")
        block.line("if x is A: return A")
        block.line("b.take_rows(len(x), 1)")
        block.line(_FOLD_START.get(fold.name, "l = []"))
        self.loop(block, "x", fold.level)
        self.step(fold, block.inside())
        block.line(f"return {_FOLD_END.get(fold.name, 'l')}".replace("SEPARATOR", repr(fold.separator)))
        self.unit.functions.append("\n".join(lines))
        return f"{name}({items}, {scopes})"

    def step(self, fold: Fold, block: Block) -> None:
        writer = Writer(self.unit, block, self.fold)
        block.expect(fold.where)
        if fold.where is not None:
            block.line(f"if not {writer.condition(fold.where, strict=True)}: continue")
        block.expect(fold.body)
        if fold.body is None:
            block.line("n += 1")
        elif fold.name in ("some", "every"):
            stop = fold.name == "some"
            block.line(f"if {'' if stop else 'not '}{writer.condition(fold.body, strict=True)}: return {stop}")
        elif fold.name == "pick":
            block.line(f"return {writer.code(fold.body)}")
        elif fold.name == "sum":
            self.add(block, fold.body, writer)
        else:
            block.line(f"y = {writer.code(fold.body)}")
            block.line("if is_there(y): l.append(y)")

    def add(self, block: Block, body: Node, writer: Writer) -> None:
        if body.kind == "number":
            block.line(f"y = {writer.code(body)}")
            block.line("if y: n += y")
        else:
            block.line(f"y = {writer.code(body)}")
            block.line(f"if is_there(y): n += {self.unit.numbers()}[y]")


_FOLD_START = {"sum": "n = ZERO", "count": "n = 0"}
_FOLD_END = {
    "sum": "n",
    "count": "n",
    "join": "gather_text(l, SEPARATOR)",
    "pick": "None",
    "some": "False",
    "every": "True",
}


def _literal(made: dict[tuple[str, ...], str]) -> str:
    """The nested dictionary literal of target keys and the code of their values."""
    tree: dict[str, object] = {}
    for keys, code in made.items():
        place = tree
        for key in keys[:-1]:
            inner = place.setdefault(key, {})
            assert isinstance(inner, dict)
            place = inner
        place[keys[-1]] = code
    return _braces(tree)


def _braces(tree: dict[str, object]) -> str:
    return "{" + ", ".join(f"{k!r}: {_braces(v) if isinstance(v, dict) else v}" for k, v in tree.items()) + "}"


def _is_rounded(node: Node) -> bool:
    """Whether str() of the number can show no exponent: it was rounded to at most six decimals."""
    if not isinstance(node, Call) or node.name not in ("round", "round_money"):
        return False
    places = node.arguments[1]
    return node.name == "round_money" or (isinstance(places, Constant) and places.value <= 6)


def _grows(node: Node) -> bool:
    """Whether the text may be longer than what was read, so that its length has to be counted."""
    if isinstance(node, Call):
        return transforms()[node.name].grows
    return isinstance(node, Lazy | Fold) and not isinstance(node, Get)
