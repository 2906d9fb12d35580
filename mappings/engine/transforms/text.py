"""Text."""

from __future__ import annotations

import re
from typing import Any

from mappings.engine import limits
from mappings.engine.faults import Refused
from mappings.engine.registry import example, to_text, transform
from mappings.engine.values import ABSENT, Value, is_there

_SPACES = re.compile(r"\s+")


@transform(
    label="Trim spaces",
    accepts=("text",),
    returns="text",
    examples=[example("  Acme Ltd ", gives="Acme Ltd"), example(17, gives="17"), example(ABSENT, gives=ABSENT)],
)
def trim(value: str) -> str:
    """Takes away spaces and line ends at both ends."""
    return value.strip()


@transform(
    label="Single spaces",
    accepts=("text",),
    returns="text",
    examples=[example(" Acme \n  Ltd", gives="Acme Ltd"), example(None, gives=None)],
)
def squeeze(value: str) -> str:
    """Trims, and makes every run of spaces and line ends one space."""
    return _SPACES.sub(" ", value).strip()


@transform(label="Capital letters", accepts=("text",), returns="text", examples=[example("de-17", gives="DE-17")])
def upper(value: str) -> str:
    """Turns letters into capitals."""
    return value.upper()


@transform(
    label="Small letters", accepts=("text",), returns="text", examples=[example("AP@Acme.EX", gives="ap@acme.ex")]
)
def lower(value: str) -> str:
    """Turns letters into small letters."""
    return value.lower()


@transform(
    label="As text",
    accepts=("text",),
    returns="text",
    name="text",
    examples=[example(42, gives="42"), example("x", gives="x"), example(True, refused="text is expected")],
)
def as_text(value: str) -> str:
    """A number or text as text."""
    return value


@transform(
    label="Replace",
    accepts=("text", "text", "text"),
    returns="text",
    grows=True,
    examples=[example("12-345 6", "-", "", gives="12345 6"), example("aa", "", "b", refused="what to replace")],
)
def replace(value: str, old: str, new: str) -> str:
    """Replaces every occurrence of a text by another."""
    if not old:
        raise Refused("say what to replace; it may not be empty")
    _afford(len(value) + value.count(old) * (len(new) - len(old)))
    return value.replace(old, new)


@transform(
    label="Part of a text",
    accepts=("text", "whole", "whole?"),
    returns="text",
    examples=[
        example("89501-1234", 0, 5, gives="89501"),
        example("DE123", 2, gives="123"),
        example("AB", -1, refused="counted"),
    ],
)
def substring(value: str, start: int, length: int | None = None) -> str:
    """The characters from a position (the first is 0), at most `length` of them."""
    if start < 0 or (length is not None and length < 0):
        raise Refused("positions and lengths are counted from 0")
    return value[start:] if length is None else value[start : start + length]


@transform(
    label="Last characters",
    accepts=("text", "whole"),
    returns="text",
    examples=[example("DE89370400440532013000", 4, gives="3000"), example("ab", 4, gives="ab")],
)
def last(value: str, length: int) -> str:
    """The last characters of a text."""
    return value[-length:] if length > 0 else ""


@transform(
    label="Join texts",
    accepts=("any...",),
    returns="text",
    passes_on=False,
    grows=True,
    examples=[
        example("3", "-", "US West", gives="3-US West"),
        example("PO ", None, gives="PO "),
        example(12, "/", ABSENT, gives="12/"),
        example(ABSENT, ABSENT, gives=ABSENT),
        example(ABSENT, None, gives=ABSENT),
        example(None, "", gives=None),
    ],
)
def concat(*parts: Value) -> Value:
    """Puts texts and numbers together; what is absent or empty adds nothing. Nothing there: empty, if all of it is."""
    there = [to_text(part) for part in parts if is_there(part)]
    if there:
        _afford(sum(map(len, there)))
        return "".join(there)
    return ABSENT if any(part is ABSENT for part in parts) else None


@transform(
    label="Fill up on the left",
    accepts=("text", "whole", "word"),
    returns="text",
    examples=[example("17", 6, "0", gives="000017"), example("17", 6, "", refused="one character")],
)
def pad(value: str, length: int, filler: str) -> str:
    """Makes a text at least so long, with a character put in front as often as needed."""
    if len(filler) != 1 or length > 1_000:
        raise Refused("fill up with exactly one character, to at most 1,000")
    return value.rjust(length, filler)


@transform(
    label="Split",
    accepts=("text", "word", "whole"),
    returns="text",
    examples=[
        example("Doe, Jane", ",", 1, gives=" Jane"),
        example("Doe", ",", 1, gives=None),
        example("a/b/c", "/", -1, gives="c"),
    ],
)
def split(value: str, separator: str, position: int) -> str | None:
    """One part of a text that is divided by a separator; the first part is 0, the last is -1."""
    if not separator:
        raise Refused("say what divides the text; it may not be empty")
    parts = value.split(separator)
    return parts[position] if -len(parts) <= position < len(parts) else None


@transform(
    label="Matches a pattern",
    accepts=("text", "pattern"),
    returns="condition",
    examples=[example("DE123456789", "[A-Z]{2}[0-9]+", gives=True), example("x DE1", "[A-Z]{2}[0-9]+", gives=False)],
)
def matches(value: str, pattern: Any) -> bool:
    """Whether the whole text has the form of a regular expression (RE2)."""
    return pattern.fullmatch(value) is not None


@transform(
    label="Extract by pattern",
    accepts=("text", "pattern"),
    returns="text",
    examples=[
        example("Order PO-0042 of May", "PO-([0-9]+)", gives="0042"),
        example("Order PO-0042", "PO-[0-9]+", gives="PO-0042"),
        example("none", "[0-9]+", gives=None),
        example("x", "(", refused="cannot be used"),
    ],
)
def extract(value: str, pattern: Any) -> str | None:
    """The first piece that has the form of a regular expression (RE2), or its first bracketed part."""
    found = pattern.search(value)
    if found is None:
        return None
    piece = found.group(1 if pattern.groups else 0)
    return None if piece is None else str(piece)


@transform(
    label="Begins with",
    accepts=("text", "text"),
    returns="condition",
    examples=[example("INV-7", "INV", gives=True), example("inv-7", "INV", gives=False)],
)
def starts(value: str, beginning: str) -> bool:
    """Whether a text begins with another."""
    return value.startswith(beginning)


@transform(
    label="Contains",
    accepts=("text", "text"),
    returns="condition",
    examples=[example("freight and duty", "duty", gives=True), example("freight", "duty", gives=False)],
)
def contains(value: str, piece: str) -> bool:
    """Whether a text contains another."""
    return piece in value


@transform(label="Length", accepts=("text",), returns="integer", examples=[example("ABC", gives=3)])
def length(value: str) -> int:
    """The number of characters."""
    return len(value)


def _afford(size: int) -> None:
    if size > limits.ONE_TEXT:
        raise Refused(f"the text would be longer than {limits.ONE_TEXT:,} characters")
