"""Nothing but the language gets through, whatever is typed."""

from __future__ import annotations

import ast
import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_tools import field, mapping, refusal

from mappings.engine import MappingInvalid, compile_mapping

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
CORPUS = [
    "().__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "a.__class__",
    "a.__class__.__mro__",
    "__import__('os')",
    "__builtins__",
    "__import__('os').system('id')",
    "getattr(a, 'b')",
    "setattr(a, 'b', 1)",
    "globals()",
    "locals()",
    "vars()",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "open('/etc/passwd')",
    "print(a)",
    "type(a)",
    "str(a)",
    "int(a)",
    "len(a)",
    "list(a)",
    "map(a, b)",
    "lambda: a",
    "(lambda x: x)(1)",
    "[x for x in a]",
    "{x for x in a}",
    "{x: x for x in a}",
    "(x for x in a)",
    "(y := a)",
    "f'{a}'",
    "f'{a!r:>{b}}'",
    "'{0.__class__}'.format(a)",
    "'%s' % a",
    "a.format(b)",
    "a.strip()",
    "trim(a).upper()",
    "trim(a)()",
    "trim()(a)",
    "(trim)(a)()",
    "a(b)",
    "a.b(c)",
    "a[b]",
    "a[0](1)",
    "a[1:2]",
    "a[::]",
    "a[1.5]",
    "a[...]",
    "a[None]",
    "*a",
    "trim(*a)",
    "trim(**a)",
    "trim(value=a)",
    "sum(a, b, key=c)",
    "2 ** 99999999",
    "9 ** 9 ** 9",
    "a ** b",
    "a % b",
    "a // b",
    "a @ b",
    "1 << 99999",
    "a | b",
    "a & b",
    "a ^ b",
    "~a",
    "+a",
    "a is b",
    "a is not b",
    "a in b",
    "a < b < c",
    "a if b",
    "a; b",
    "import os",
    "a = 1",
    "a, b",
    "[a]",
    "{a}",
    "{'a': 1}",
    "...",
    "b'abc'",
    "1j",
    "0x10",
    "0b1",
    "0o7",
    "1_000",
    "1e400",
    "9" * 31,
    "0." + "1" * 40,
    "await a",
    "yield a",
    "yield from a",
    "async",
    "a\n+ b\n; c",
    "a # comment\n",
    "ｅval('1')",
    "ｇetattr(a, 'b')",
    "a.ｂ",
    "tr\u200bim(a)",
    "trim(a\u202e)",
    "'\u2066a\u2069'",
    "a\x00b",
    "\ufeffa",
    "first()",
    "trim()",
    "trim(a, b)",
    "replace(a)",
    "round(a)",
    "round(a, b)",
    "round(a, 99)",
    "round(a, -1)",
    "matches(a, b)",
    "matches(a, '(')",
    "matches(a, '(?=x)')",
    "extract(a, '(a)\\\\1')",
    "date(a, '%Y')",
    "date(a, 'DD.MM')",
    "lookup(a, b)",
    "lookup('none', b)",
    "parent.x",
    "index",
    "sum(a)",
    "pick(a, b, c)",
    "join(a, b, c)",
    "add(a, b)",
    "equals(a, b)",
    "one_of(a, b)",
    "run(a)",
    "plain(a)",
    "hollow(a)",
    "read_digits(a)",
    "s0",
    "s0.x; b",
    "",
    "   ",
    "(" * 300 + "a" + ")" * 300,
    "-" * 1_000 + "a",
    "not " * 400 + "a",
    "a" + ".a" * 900,
    "a + " * 450 + "a",
    "trim(" * 200 + "a" + ")" * 200,
    "x" * 2_001,
    "'" + "x" * 3_000 + "'",
]
HARMLESS = ("s0", "a # comment\n", "__builtins__")


@pytest.mark.parametrize("text", [t for t in CORPUS if t not in HARMLESS], ids=lambda t: ascii(t[:40]))
def test_it_is_refused_with_a_sentence(text: str) -> None:
    said = refusal(text, {"terms": {}})
    assert said.startswith("v: ")
    assert len(said) < 400


def test_names_of_the_generated_code_are_only_names_of_fields() -> None:
    compiled = compile_mapping(mapping(*(field(n, n) for n in ("s0", "b", "A", "D", "x1", "t1", "str", "prune"))), {})
    record = {n: f"value of {n}" for n in ("s0", "b", "A", "D", "x1", "t1", "str", "prune")}
    assert compiled.apply(record) == record


@pytest.mark.parametrize("key", ["a'b", 'a"b', "a\\", "a\nb", "{a}", "\ud800", "__class__", "'] or exit() #"])
def test_odd_keys_are_keys_and_nothing_else(key: str) -> None:
    spec = mapping({"to": [key], "expr": f"this[{key!r}]"})
    if key == "\ud800" or "\n" in key:
        spec = mapping({"to": [key], "expr": "x"})
    assert compile_mapping(spec, {}).apply({key: "v", "x": "v"}) == {key: "v"}


def test_generated_code_reaches_no_builtins() -> None:
    compiled = compile_mapping(mapping(field("v", "trim(a)")), {})
    names = compiled._careful.__globals__
    assert names["__builtins__"] == {}
    with pytest.raises(NameError):
        exec("open('x')", dict(names))


PIECES = sorted({piece for text in CORPUS if len(text) < 60 for piece in (text, text[: len(text) // 2], text[1:])})


@settings(max_examples=1_500, deadline=None)
@given(
    st.lists(st.sampled_from([*PIECES, "a", "trim(", ")", ".", "[", "]", ",", " if ", " else ", "'", "1"]), max_size=6)
)
def test_whatever_gets_through_is_made_of_the_language_alone(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        compiled = compile_mapping(mapping(field("v", text)), {})
    except MappingInvalid:
        return
    for node in ast.walk(ast.parse(compiled.source)):
        assert not isinstance(node, ast.Import | ast.ImportFrom | ast.Lambda | ast.Global | ast.Nonlocal | ast.Await)
        if isinstance(node, ast.Attribute):
            assert node.attr in ALLOWED
        if isinstance(node, ast.Name):
            assert not node.id.startswith("__")


ALLOWED = {"get", "strip", "upper", "lower", "replace", "quantize", "__class__", "append", "take_rows"}


def test_random_bytes_never_break_the_reader() -> None:
    rng = random.Random(11)
    alphabet = "abtrim()[]{}'\"\\.,:;+-*/%<>=!&|^~@#$?`0123456789 \n\t\x00_éｅ\u200b"
    for _ in range(3_000):
        text = "".join(rng.choice(alphabet) for _ in range(rng.randint(1, 40)))
        with suppress(MappingInvalid):
            compile_mapping(mapping(field("v", text)), {})
