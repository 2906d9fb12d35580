"""The field catalogue: every field of every record, in the words and with the marks an editor needs.

Derived from the records themselves, so it cannot disagree with them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec

from finance.records import OBJECTS, About, Kind, Line, Payload, Record, Ref

FieldKind: TypeAlias = Literal[
    "text", "amount", "number", "whole", "date", "instant", "flag", "choice", "reference", "group", "list"
]
_SPELT = {"erp": "ERP", "id": "ID", "po": "PO"}
_PLURAL = {"entities": "entity", "documents": "document"}
_REFERS = {
    "payable_account": "account",
    "parent": "",
    "replaced_by": "",
    "reverses": "",
    "reversed_by": "",
    "replaces": "",
    "reverses_line": "receipt_line",
    "default_tax_code": "tax_code",
    "value": "dimension_value",
    "belongs_to": "*",
    "document": "*",
    **_PLURAL,
}


@dataclass(frozen=True)
class Field:
    """One field. `path` names it from the record down, `lines[].splits[].amount`; a list of groups ends in `[]`.

    `refers`: object a reference points at ("*" any). `identity`: fields that tell the entries of a list apart.
    `children`: fields of a group or of a list's entries; a list without children holds plain values of `item` kind.
    """

    name: str
    path: str
    kind: FieldKind
    label: str
    help: str
    term: str
    required: bool
    sensitive: bool
    choices: tuple[str, ...] = ()
    refers: str = ""
    item: FieldKind | None = None
    identity: tuple[str, ...] = ()
    children: tuple[Field, ...] = ()

    @property
    def money(self) -> bool:
        """Whether it holds an amount in the record's currency."""
        return self.kind == "amount"

    def walk(self) -> Iterator[Field]:
        """This field and all below it, in the order of the record."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class ObjectCatalogue:
    """The fields of one record. `digest` changes with any word or mark, `version` with the schema."""

    object: str
    label: str
    help: str
    version: int
    digest: str
    tree: tuple[Field, ...]

    def fields(self) -> Iterator[Field]:
        """Every field, depth first."""
        for field in self.tree:
            yield from field.walk()

    def field(self, path: str) -> Field:
        """The field at a catalogue path; raises KeyError."""
        return {field.path: field for field in self.fields()}[path]


@cache
def catalogue(obj: str) -> ObjectCatalogue:
    """The catalogue of one record by its key in `OBJECTS`."""
    cls = OBJECTS[obj]
    tree = _fields(cls, "", obj, sensitive=False)
    digest = hashlib.sha256(msgspec.json.encode([tree, cls.SCHEMA_VERSION], order="deterministic")).hexdigest()
    words = " ".join((cls.__doc__ or "").split())
    return ObjectCatalogue(obj, _label(obj), words, cls.SCHEMA_VERSION, digest[:16], tree)


def missing(obj: str, payload: Mapping[str, Any]) -> list[str]:
    """Paths of required fields without a value, lines by position: `lines[2].line_extension_amount`."""
    return list(_missing(catalogue(obj).tree, payload, ""))


def masked(obj: str, payload: Mapping[str, Any]) -> Payload:
    """The payload with every sensitive text shortened to its last four characters."""
    return _mask(catalogue(obj).tree, payload)


def mask(value: str) -> str:
    """`DE89370400440532013000` → `•••• 3000`; short values vanish altogether."""
    bare = value.replace(" ", "")
    return f"•••• {bare[-4:]}" if len(bare) >= 8 else "••••"


# ---------------------------------------------------------------------------------------------------- derivation
def _fields(cls: type[Line] | type[Record], prefix: str, obj: str, *, sensitive: bool) -> tuple[Field, ...]:
    hints = get_type_hints(cls, include_extras=True)
    return tuple(
        _field(cls, field.name, hints[field.name], prefix, obj, sensitive) for field in msgspec.structs.fields(cls)
    )


def _field(cls: type[Any], name: str, hint: Any, prefix: str, obj: str, inherited: bool) -> Field:
    marks = hint.__metadata__ if get_origin(hint) is Annotated else ()
    about = next((mark for mark in reversed(marks) if isinstance(mark, About)), About())
    kind, item, part, choices = _kind(hint, marks)
    path = f"{prefix}{name}"
    sensitive = about.sensitive or inherited
    identity = getattr(cls, "identity", ())
    return Field(
        name=name,
        path=path,
        kind=kind,
        label=about.label or _label(name),
        help=about.help,
        term=about.term,
        required=about.required or name in identity,
        sensitive=sensitive,
        choices=choices,
        refers=(_REFERS.get(name, name) or obj) if "reference" in (kind, item) else "",
        item=item,
        identity=part.identity if part else (),
        children=_fields(part, f"{path}{'[]' if kind == 'list' else ''}.", obj, sensitive=sensitive) if part else (),
    )


def _kind(hint: Any, marks: tuple[Any, ...]) -> tuple[FieldKind, FieldKind | None, type[Line] | None, tuple[str, ...]]:
    """(kind, kind of a list's entries, struct of a group or of a list's entries, choices)."""
    for mark in marks:
        if isinstance(mark, Kind):
            return mark.name, None, None, ()
    options = _options(hint)
    for option in options:
        if get_origin(option) is Literal:
            return "choice", None, None, get_args(option)
        if get_origin(option) is tuple:
            entry = get_args(option)[0]
            return ("list", "reference", None, ()) if entry is Ref else _list_of(entry)
        if isinstance(option, type) and issubclass(option, Line):
            return "group", None, option, ()
    return ("flag" if bool in options else "text"), None, None, ()


def _list_of(entry: Any) -> tuple[FieldKind, FieldKind | None, type[Line] | None, tuple[str, ...]]:
    return ("list", None, entry, ()) if issubclass(entry, Line) else ("list", "text", None, ())


def _options(hint: Any) -> tuple[Any, ...]:
    """The alternatives of a type without its annotations."""
    while get_origin(hint) is Annotated:
        hint = hint.__origin__
    if get_origin(hint) in (Union, UnionType):
        return tuple(option for part in get_args(hint) for option in _options(part))
    return (hint,)


def _label(name: str) -> str:
    words = " ".join(_SPELT.get(word, word) for word in name.split("_"))
    return words[:1].upper() + words[1:]


# ----------------------------------------------------------------------------------------------------- use of it
def _missing(tree: tuple[Field, ...], payload: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for field in tree:
        value = payload.get(field.name)
        if field.required and value in (None, "", [], ()):
            yield f"{prefix}{field.name}"
        elif field.children and value:
            for place, part in _parts(field, value):
                yield from _missing(field.children, part, f"{prefix}{field.name}{place}.")


def _parts(field: Field, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if field.kind == "list":
        yield from ((f"[{index}]", part) for index, part in enumerate(value))
    else:
        yield "", value


def _mask(tree: tuple[Field, ...], payload: Mapping[str, Any]) -> Payload:
    known = {field.name: field for field in tree}
    return {name: _masked_value(known.get(name), value) for name, value in payload.items()}


def _masked_value(field: Field | None, value: Any) -> Any:
    if field is None or not value:
        return value
    if field.children:
        return [_mask(field.children, part) for part in value] if field.kind == "list" else _mask(field.children, value)
    return mask(value) if field.sensitive and field.kind == "text" else value
