"""The mapping's JSON as typed values, with every structural problem found at once."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from mappings.engine import limits
from mappings.engine.faults import Problem

LANGUAGE: Final = 1

Missing = Literal["absent", "empty", "hold", "default"]
WhenEmpty = Literal["keep", "absent", "hold", "default"]
_MISSING: Final = ("absent", "empty", "hold", "default")
_EMPTY: Final = ("keep", "absent", "hold", "default")
_TEXTS: Final = ("expr", "when", "each", "each2", "where", "note")
_FLAGS: Final = ("first", "outer", "append")
_KEYS: Final = ("to", "const", "missing", "empty", "default", "let", "fields", *_TEXTS, *_FLAGS)
_ROW_KEYS: Final = ("each2", "where", "first", "outer", "append")
_TOP: Final = ("language", "object", "direction", "let", "fields", "note")


@dataclass(frozen=True)
class Field:
    """One target field, group of fields or list. `place` is where it stands in the JSON, `path` its target path,
    in which a list ends in [], like `lines[].amount`."""

    place: str
    path: str
    to: tuple[str, ...]
    expr: str | None = None
    const: Any = None
    when: str | None = None
    missing: Missing = "absent"
    empty: WhenEmpty = "keep"
    default: Any = None
    each: str | None = None
    each2: str | None = None
    where: str | None = None
    first: bool = False
    outer: bool = False
    append: bool = False
    let: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[Field, ...] | None = None


@dataclass(frozen=True)
class Spec:
    object: str
    direction: str
    let: Mapping[str, str]
    fields: tuple[Field, ...]


def read_spec(raw: Any) -> tuple[Spec, list[Problem]]:
    """The mapping and what is wrong with its form; parts with problems are left out of it."""
    reader = _Reader()
    return reader.spec(raw), reader.problems


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.count = 0

    def problem(self, place: str, sentence: str) -> None:
        self.problems.append(Problem(place, sentence))

    def spec(self, raw: Any) -> Spec:
        if not isinstance(raw, dict):
            self.problem("mapping", "a mapping is a JSON object with language, object, direction and fields")
            return Spec("", "", {}, ())
        self.known(raw, _TOP, "mapping")
        if raw.get("language") != LANGUAGE:
            self.problem("language", f"this version reads language {LANGUAGE}; set “language” to {LANGUAGE}")
        if raw.get("direction") not in ("in", "out"):
            self.problem("direction", "is “in” (to the canonical record) or “out” (to a system)")
        fields = self.fields(raw.get("fields"), "fields", "", 1)
        if self.count > limits.FIELDS:
            self.problem("fields", f"the mapping has more than {limits.FIELDS:,} fields; divide it")
        return Spec(str(raw.get("object", "")), str(raw.get("direction", "")), self.let(raw.get("let"), "let"), fields)

    def known(self, raw: Mapping[str, Any], allowed: tuple[str, ...], place: str) -> None:
        for key in raw:
            if key not in allowed:
                near = difflib.get_close_matches(str(key), allowed, n=1)
                remedy = f"did you mean “{near[0]}”?" if near else f"known are {', '.join(allowed)}"
                self.problem(place, f"there is no setting “{str(key)[:40]}”; {remedy}")

    def let(self, raw: Any, place: str) -> dict[str, str]:
        if raw is None:
            return {}
        if not isinstance(raw, dict) or not all(isinstance(v, str) for v in raw.values()):
            self.problem(place, "named values are an object of name and expression")
            return {}
        if len(raw) > limits.NAMED_VALUES:
            self.problem(place, f"there are more than {limits.NAMED_VALUES} named values")
        for name in raw:
            if not name.isidentifier() or not name.isascii() or name.startswith("__"):
                self.problem(place, f"“{name[:40]}” cannot be a name; use letters, digits and single underscores")
        return dict(list(raw.items())[: limits.NAMED_VALUES])

    def fields(self, raw: Any, place: str, above: str, depth: int) -> tuple[Field, ...]:
        if not isinstance(raw, list) or not raw:
            self.problem(above or place, "needs a list of fields with at least one entry")
            return ()
        if depth > limits.NESTING:
            self.problem(above, f"fields are nested deeper than {limits.NESTING} levels")
            return ()
        self.count += len(raw)
        if self.count > limits.FIELDS:
            return ()
        read = [self.field(item, f"{place}[{i}]", above, depth) for i, item in enumerate(raw)]
        found = [one for one in read if one is not None]
        self.clashes(found)
        return tuple(found)

    def field(self, raw: Any, place: str, above: str, depth: int) -> Field | None:
        if not isinstance(raw, dict):
            self.problem(place, "a field is an object with “to” and “expr”, “const” or “fields”")
            return None
        to = _target(raw.get("to"))
        if to is None:
            self.problem(place, "“to” names the target field, like “legal_name” or “address.city”")
            return None
        path = f"{above}.{'.'.join(to)}" if above else ".".join(to)
        before = len(self.problems)
        self.known(raw, _KEYS, path)
        self.kinds(raw, path)
        self.sense(raw, path)
        if len(self.problems) > before:
            return None
        rows = "[]" if "each" in raw and not raw.get("first") else ""
        inner = self.fields(raw["fields"], f"{place}.fields", path + rows, depth + 1) if "fields" in raw else None
        given = {k: raw[k] for k in (*_TEXTS[:-1], *_FLAGS, "const", "missing", "default") if k in raw}
        return Field(
            place,
            path,
            to,
            **given,
            empty=raw.get("empty") or _when_empty(raw),
            let=self.let(raw.get("let"), path),
            fields=inner,
        )

    def kinds(self, raw: Mapping[str, Any], path: str) -> None:
        for key in _TEXTS:
            if key in raw and not isinstance(raw[key], str):
                self.problem(path, f"“{key}” is a text")
        for key in _FLAGS:
            if key in raw and not isinstance(raw[key], bool):
                self.problem(path, f"“{key}” is true or false")
        for key, allowed in (("missing", _MISSING), ("empty", _EMPTY)):
            if key in raw and raw[key] not in allowed:
                self.problem(path, f"“{key}” is one of {', '.join(allowed)}")
        for key in ("const", "default"):
            if key in raw and (wrong := _constant(raw[key])):
                self.problem(path, f"“{key}” {wrong}")

    def sense(self, raw: Mapping[str, Any], path: str) -> None:
        if sum(key in raw for key in ("expr", "const", "fields")) != 1:
            self.problem(path, "has exactly one of “expr” (an expression), “const” (a fixed value) and “fields”")
        if ("default" in raw) != ("default" in (raw.get("missing"), raw.get("empty"))):
            self.problem(path, "“default” goes together with “missing”: “default” or “empty”: “default”")
        if "each" not in raw and any(key in raw for key in _ROW_KEYS):
            self.problem(path, "“each2”, “where”, “first”, “outer” and “append” go together with “each”")
        if "each" in raw and "fields" not in raw:
            self.problem(path, "“each” walks over rows and needs “fields” for what becomes of a row")
        if raw.get("outer") and "each2" not in raw:
            self.problem(path, "“outer” goes together with “each2”")
        if raw.get("first") and raw.get("append"):
            self.problem(path, "“first” makes one object and cannot “append” to a list")
        if "let" in raw and "fields" not in raw:
            self.problem(path, "“let” goes together with “fields”")

    def clashes(self, fields: list[Field]) -> None:
        """A target may be written once, as a value or as an object, except that lists may be appended to."""
        taken: dict[tuple[str, ...], Field] = {}
        for one in fields:
            for end in range(1, len(one.to)):
                if one.to[:end] in taken:
                    self.problem(one.path, f"“{'.'.join(one.to[:end])}” is already written as one value")
            known = taken.get(one.to)
            if known is not None and not (one.append and known.each and not known.first):
                self.problem(one.path, "is written twice; remove one, or “append” the second list")
            if known is None and any(other[: len(one.to)] == one.to for other in taken):
                self.problem(one.path, "is already written field by field")
            taken[one.to] = one


def every_field(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Every field, those inside groups and lists included."""
    for one in fields:
        yield one
        yield from every_field(one.fields or ())


def _target(raw: Any) -> tuple[str, ...] | None:
    keys = raw.split(".") if isinstance(raw, str) else raw
    if not isinstance(keys, list) or not keys or len(keys) > limits.NESTING * 2:
        return None
    return tuple(keys) if all(isinstance(k, str) and k and len(k) <= 200 for k in keys) else None


def _when_empty(raw: Mapping[str, Any]) -> Any:
    return raw["missing"] if raw.get("missing") in ("hold", "default") else "keep"


def _constant(value: Any) -> str:
    """What is wrong with a constant, nothing if it is fine."""
    if _holds_float(value, 0):
        return "holds a number with a point; write it in quotes, so that no digit is lost"
    try:
        size = len(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        return "is not plain JSON"
    return f"is longer than {limits.CONSTANT_TEXT:,} characters" if size > limits.CONSTANT_TEXT else ""


def _holds_float(value: Any, depth: int) -> bool:
    if depth > 20 or isinstance(value, float | Decimal):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_holds_float(one, depth + 1) for one in inner)
