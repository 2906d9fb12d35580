"""The catalogue knows every field of every record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from finance_samples import invoice, vendor

from finance.catalogue import catalogue, mask, masked, missing
from finance.records import OBJECTS, SCHEMA_VERSIONS, Line, Record, Ref


def paths_of(cls: type[Any], prefix: str = "") -> Iterator[str]:
    """Every field path of a struct, found without the catalogue's own code."""
    hints = get_type_hints(cls)
    for field in msgspec.structs.fields(cls):
        yield f"{prefix}{field.name}"
        for option in get_args(hints[field.name]) or (hints[field.name],):
            for part, bracket in ((option, ""), *((arg, "[]") for arg in get_args(option)[:1])):
                if isinstance(part, type) and issubclass(part, Line) and part is not Ref:
                    yield from paths_of(part, f"{prefix}{field.name}{bracket}.")


@pytest.mark.parametrize("obj", OBJECTS)
def test_every_field_of_the_record_is_in_the_catalogue_once(obj: str) -> None:
    listed = [field.path for field in catalogue(obj).fields()]
    assert sorted(listed) == sorted(paths_of(OBJECTS[obj]))
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("obj", OBJECTS)
def test_every_field_is_explained_in_words(obj: str) -> None:
    entry = catalogue(obj)
    assert entry.version == SCHEMA_VERSIONS[obj]
    assert entry.help
    for field in entry.fields():
        assert field.help.endswith("."), field.path
        assert field.label[0].isupper() or field.label[0].isdigit(), field.path
        assert re.fullmatch(r"(B[TG]-\d+)?", field.term), field.path
        assert (field.kind == "choice") == bool(field.choices), field.path


@pytest.mark.parametrize("obj", OBJECTS)
def test_every_reference_says_what_it_points_at(obj: str) -> None:
    known = {"*", *get_args(get_type_hints(Ref)["object"])}
    for field in catalogue(obj).fields():
        assert (field.refers in known) == ("reference" in (field.kind, field.item)), field.path


def test_every_line_list_has_an_identity() -> None:
    for obj in OBJECTS:
        for field in catalogue(obj).fields():
            if field.kind == "list" and field.children:
                assert field.identity, field.path
                assert set(field.identity) <= {child.name for child in field.children}


def test_bank_and_tax_numbers_are_sensitive_wherever_they_stand() -> None:
    sensitive = {field.path for obj in OBJECTS for field in catalogue(obj).fields() if field.sensitive}
    assert {
        "financial_accounts[].iban",
        "financial_accounts[].id",
        "tax_registrations[].number",
        "payment_instructions[].account_id",
        "payee.name",
        "creditor_account",
        "seller.tax_number",
    } <= sensitive
    assert "legal_name" not in sensitive


def test_the_digest_moves_when_a_word_of_the_catalogue_does() -> None:
    assert len({catalogue(obj).digest for obj in OBJECTS}) == len(OBJECTS)
    assert catalogue("vendor").digest == catalogue("vendor").digest


def test_missing_fields_are_named_line_by_line() -> None:
    payload = invoice(vendor=None, invoice_number="")
    del payload["lines"][0]["line_extension_amount"]
    assert missing("invoice", payload) == ["invoice_number", "vendor", "lines[0].line_extension_amount"]
    assert missing("invoice", invoice()) == []


def test_a_masked_record_shows_no_account_in_full() -> None:
    shown = masked("vendor", vendor())
    assert shown["financial_accounts"][0]["iban"] == "•••• 3000"
    assert shown["legal_name"] == "Müller Wälzlager GmbH"
    assert "DE89370400440532013000" not in str(shown)
    assert mask("1234567") == "••••"


def test_every_record_class_is_listed_under_its_own_name() -> None:
    assert all(issubclass(cls, Record) and obj == cls.OBJECT for obj, cls in OBJECTS.items())
