"""Writes the function of a mapping: fields, groups and loops over rows, one block of lines each."""

from __future__ import annotations

from collections.abc import Iterable

from mappings.engine.expressions import Writer, calculated, is_sure, never_absent
from mappings.engine.finish import Finish, group_shape
from mappings.engine.limits import LONG_TEXT
from mappings.engine.nodes import Call, Constant, Fold, Lazy, Node, Number
from mappings.engine.plan import Item, Plan, Rows
from mappings.engine.unit import Block, Lines, Unit, joined_lines


def write_source(plan: Plan) -> tuple[str, Unit]:
    """The source of `run(s0, b)` and `run_dense(s0, b)` and the unit that holds every name they use. The dense one
    fails where a key is not there and is faster where all of them are."""
    unit = Unit(plan.binder, plan.items)
    careful = _function(plan, unit)
    unit.dense = True
    return "\n".join([careful, _function(plan, unit)]), unit


def _function(plan: Plan, unit: Unit) -> str:
    lines: Lines = [f"def {unit.named('run')}(s0, b):"]
    block = Block(unit, lines, 1)
    fields = Fields(unit, block, 0)
    made, absent = fields.write(plan.items)
    if absent:
        block.line(f"if {absent}: return {fields.pruned(plan.items, made)}")
    block.line(f"return {made}")
    functions = "".join(unit.functions)
    unit.functions.clear()
    return functions + joined_lines(lines)


class Fields:
    """Writes the fields of one record, row or group into a block."""

    def __init__(self, unit: Unit, block: Block, level: int) -> None:
        self.unit = unit
        self.block = block
        self.level = level
        self.writer = Writer(unit, block, self.fold)
        self.absent = unit.fresh("d")
        self.may_lack = False
        self.texts: set[Node] = set()  # what is certainly text, because code that fails otherwise reads a number of it

    def write(self, items: tuple[Item, ...]) -> tuple[str, str]:
        """The literal of the object, and the variable that is true if something in it is absent ("" if never)."""
        for item in items:
            self.expect(item)
            if self.block.sure and item.when is None and item.node is not None:
                self.texts.update(calculated(item.node))
        start = self.block.slot()
        made: dict[tuple[str, ...], str] = {}
        for item in items:
            code = self.item(item)
            key = item.spec.to
            made[key] = f"joined({made[key]}, {code})" if item.spec.append else code
        if self.may_lack:
            start.line(f"{self.absent} = False")
        return _literal(made), self.absent if self.may_lack else ""

    def pruned(self, items: Iterable[Item], made: str) -> str:
        return f"prune({made}, {self.unit.keep('g', group_shape(item.spec for item in items))})"

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
        if item.node is not None and self.is_plain(item, item.node):
            return self.plain(item, item.node)
        name = self.unit.fresh("v")
        if item.when is None:
            self.body(item, name)
            return name
        self.block.line(f"if {self.writer.condition(item.when, strict=True)}:")
        inside = Fields(self.unit, self.block.inside(), self.level)
        inside.absent = self.absent
        self.may_lack = True
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
    def is_plain(self, item: Item, node: Node) -> bool:
        """Whether a value can be written into the literal as it is: never absent here, and kept when it is empty."""
        finish = Finish(item.spec)
        if item.when is not None or not finish.leaves or not self.unit.dense or not never_absent(node):
            return False
        return node.kind != "text" or self.unit.affords(node, self.level)

    def plain(self, item: Item, node: Node) -> str:
        code, temp = self.writer.code(node), self.unit.fresh("t")
        if node in self.texts or _is_certain(node) or is_sure(node) or isinstance(node, Number):
            return code
        if node.kind == "text":
            return f"{code} or None"
        odd = f"{self.unit.keep('e', Finish(item.spec))}({temp}, b)"
        if node.kind == "number":
            return f"{'str' if _is_rounded(node) else 'plain'}({temp}) if ({temp} := {code}) else {odd}"
        kind = f"{temp}.__class__"
        text = f"({temp} := {code}).__class__ is str and {temp}"
        return f"{temp} if {text} or {kind} is int or {kind} is bool else {odd}"

    def value(self, item: Item, node: Node, name: str) -> None:
        self.block.line(f"{name} = {self.writer.code(node)}")
        odd = self.odd(node, name)
        if not odd:
            return
        finish = Finish(item.spec)
        if node.kind == "number":
            self.block.line(f"if {name}: {name} = {'str' if _is_rounded(node) else 'plain'}({name})")
            self.block.line("else:")
        else:
            self.block.line(f"if {odd}:")
        self.finish(finish, name)

    def finish(self, finish: Finish, name: str) -> None:
        """Lines one step deeper that apply a field's rules to an odd value."""
        call = f"{name} = {self.unit.keep('e', finish)}({name}, b)"
        if finish.leaves:
            self.may_lack = True
            self.block.line(f" if {name} is A: {self.absent} = True")
            self.block.line(f" elif {name} is not None: {call}")
            return
        self.block.line(f" {call}")
        if finish.may_be_absent:
            self.note_absence(name)

    def note_absence(self, name: str) -> None:
        self.may_lack = True
        self.block.line(f" if {name} is A: {self.absent} = True")

    def odd(self, node: Node, name: str) -> str:
        """The condition under which a value needs finishing, "" if it never does."""
        if node.kind == "text":
            if _is_certain(node):
                return ""
            return f"not {name}" if self.unit.affords(node, self.level) else f"not {name} or len({name}) > {LONG_TEXT}"
        if node.kind == "condition":
            return "" if is_sure(node) else f"{name} is not True and {name} is not False"
        if node.kind == "integer":
            return "" if isinstance(node, Number) else f"{name}.__class__ is not int"
        kind = f"{name}.__class__"
        return f"({kind} is not str or not {name}) and {kind} is not int and {kind} is not bool"

    def group(self, item: Item, name: str) -> None:
        block = self.block.beside()
        made, absent = Fields(self.unit, block, self.level).write(item.fields or ())
        self.block.line(f"{name} = {made}")
        if absent:
            self.block.line(f"if {absent}:")
            self.block.line(f" {name} = {self.pruned(item.fields or (), name)} or A")
            self.note_absence(name)

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
        self.note_absence(name)

    def loops(self, item: Item, rows: Rows, block: Block, each: str, name: str, dropped: str) -> None:
        if rows.each2 is None:
            self.row(item, rows, self.loop(block, each, rows.level), name, dropped)
            return
        if rows.level in self.unit.numbered:
            block.line(f"i{rows.level} = 0")
        outer, second = self.loop(block, each, rows.level - 1), self.unit.fresh("x")
        outer.expect(rows.each2)
        self.spread(outer, Writer(self.unit, outer, self.fold), rows.each2, second)
        outer.line(f"if not {second}: {second} = {'LONE' if rows.outer else '()'}")
        outer.line(f"b.take_rows(len({second}), {len(item.fields or ())})")
        self.row(item, rows, self.loop(outer, second, rows.level, running=True), name, dropped)
        if item.spec.first:
            outer.line(f"if {name} is not None: break")

    def loop(self, block: Block, each: str, level: int, *, running: bool = False) -> Block:
        """Begins a loop over rows and returns its inside."""
        head = block.slot(level)
        counted, row = level in self.unit.numbered, f"{'s' if self.unit.dense else 'r'}{level}"
        if counted and not running:
            block.line(f"for i{level}, {row} in enumerate({each}, 1):")
        else:
            block.line(f"for {row} in {each}:")
        if counted and running:
            block.line(f" i{level} += 1")
        if not self.unit.dense:
            block.line(f" s{level} = r{level} or hollow(r{level})")
        return block.inside(head)

    def row(self, item: Item, rows: Rows, block: Block, name: str, dropped: str) -> None:
        fields = Fields(self.unit, block, rows.level)
        block.expect(rows.where)
        if rows.where is not None:
            block.line(f"if not {fields.writer.condition(rows.where, strict=True)}: continue")
        block.uses.clear()
        made, absent = fields.write(item.fields or ())
        pruned = self.pruned(item.fields or (), made)
        if item.spec.first:
            block.line(f"{name} = {f'{pruned} or A if {absent} else {made}' if absent else made}")
            block.line("break")
            return
        if absent:
            row = self.unit.fresh("o")
            block.line(f"if {absent}:")
            block.line(f" {row} = {pruned}")
            block.line(f" if {row}: {name}.append({row})")
            block.line(f" else: {dropped} = True")
            block.line(" continue")
        block.line(f"{name}.append({made})")

    def spread(self, block: Block, writer: Writer, node: Node, name: str) -> None:
        block.line(f"{name} = {writer.code(node)}")
        block.line(f"if {name}.__class__ is not list: {name} = rows_of({name})")

    # ------------------------------------------------------------------------------------------------- folds
    def fold(self, fold: Fold, items: str) -> str:
        """The call of a function of its own that walks over the rows."""
        name = self.unit.fresh("w")
        scopes = ", ".join(self.unit.scopes(fold.level))
        lines: Lines = [f"def {name}(x, {scopes}):"]
        block = Block(self.unit, lines, 1)
        block.line("if x.__class__ is not list: x = rows_of(x)")
        block.line("if x is A: return A")
        block.line("b.take_rows(len(x), 1)")
        block.line(_FOLD_START.get(fold.name, "l = []"))
        self.step(fold, self.loop(block, "x", fold.level))
        block.line(f"return {_FOLD_END.get(fold.name, 'l')}".replace("SEPARATOR", repr(fold.separator)))
        self.unit.functions.append(joined_lines(lines))
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
            block.line(f"if is_there(y): n += {self.unit.number('y', body.kind)}")


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


def _is_certain(node: Node) -> bool:
    """Whether a text is one of several literals that are not empty."""
    if isinstance(node, Lazy) and node.name == "if":
        return all(_is_certain(arm) for arm in node.arguments[1:])
    return isinstance(node, Constant) and isinstance(node.value, str) and bool(node.value)
