"""The shipped templates carry real records of both systems, field by field as the golden samples say.

A golden sample holds a raw body as the connector reads it, the canonical record it becomes, and what is written to
the other system once references are resolved (the other side's id of "5" is "there-5").
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

import connectors.catalog.ap_sandbox
import connectors.catalog.tryton  # noqa: F401
from connectors.base import registered
from finance import records
from mappings.engine import Compiled, MappingFault, canonical_fields, compile_mapping, explain, validate
from sandbox.shapes.coding import Dimension, LedgerAccount, TaxCode
from sandbox.shapes.orders import GoodsReceipt, PurchaseOrder
from sandbox.shapes.parties import PaymentTerm, Supplier
from sandbox.shapes.payments import Payment
from sync.engine.refs import resolved

Json = dict[str, Any]
TEMPLATES = Path(__file__).parents[2] / "mappings" / "templates"
GOLDEN = Path(__file__).parent / "golden"
SHAPES = {
    "vendor": Supplier,
    "payment_term": PaymentTerm,
    "account": LedgerAccount,
    "dimension": Dimension,
    "tax_code": TaxCode,
    "purchase_order": PurchaseOrder,
    "receipt": GoodsReceipt,
    "payment": Payment,
}


def _specs() -> dict[tuple[str, str, str], tuple[Json, Json]]:
    found = {}
    for path in sorted(TEMPLATES.glob("*/*.json")):
        template = json.loads(path.read_text())
        assert template["key"] == f"{path.parent.name}.{path.stem}" == f"{template['system']}.{template['domain']}"
        for obj, directions in template["objects"].items():
            for direction, spec in directions.items():
                found[template["system"], obj, direction] = (spec, template["crosswalks"])
    return found


SPECS = _specs()
COMPILED: dict[tuple[str, str, str], Compiled] = {key: compile_mapping(*given) for key, given in SPECS.items()}
SAMPLES = sorted(GOLDEN.glob("*/*.json"))
WRITTEN = [path for path in SAMPLES if "written" in json.loads(path.read_text())]


def _golden(path: Path) -> tuple[str, str, Json]:
    return path.parent.name, path.stem, json.loads(path.read_text())


def _other_side(ref: Json) -> str | None:
    return f"there-{ref['external_id']}" if ref["external_id"] else None


@pytest.mark.parametrize("key", SPECS, ids="/".join)
def test_a_template_reads_and_writes_only_fields_that_exist(key: tuple[str, str, str]) -> None:
    spec, crosswalks = SPECS[key]
    known = canonical_fields(key[1])
    if key[2] == "in":
        assert validate(spec, target_fields=known, crosswalks=crosswalks) == []
    elif key[2] == "out":
        assert validate(spec, source_fields=known, crosswalks=crosswalks) == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_record_becomes_what_its_golden_sample_says(path: Path) -> None:
    system, obj, golden = _golden(path)
    made = COMPILED[system, obj, "in"].apply(golden["raw"])
    assert records.encode(records.decode(obj, made)) == golden["canonical"]
    assert explain(*SPECS[system, obj, "in"], golden["raw"]).output == made


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_what_is_written_to_the_other_system_is_what_the_golden_sample_says(path: Path) -> None:
    system, obj, golden = _golden(path)
    other = "ap_sandbox" if system == "tryton" else "tryton"
    resolved_record = resolved(golden["canonical"], _other_side)
    assert COMPILED[other, obj, "out"].apply(resolved_record) == golden["written"]
    assert explain(*SPECS[other, obj, "out"], resolved_record).output == golden["written"]


@pytest.mark.parametrize("obj", SHAPES)
def test_the_ap_service_takes_what_is_written(obj: str) -> None:
    written = json.loads((GOLDEN / "tryton" / f"{obj}.json").read_text())["written"]
    for setting in written.get("companySettings", ()):
        setting["companyId"] = "c1"  # the connector fills it in
    msgspec.convert(written, SHAPES[obj])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_key_that_the_source_leaves_out_takes_nothing_else_with_it(path: Path) -> None:
    system, obj, golden = _golden(path)
    whole = COMPILED[system, obj, "in"].apply(golden["raw"])
    for name in golden["raw"]:
        made = _made_or_held(COMPILED[system, obj, "in"], {k: v for k, v in golden["raw"].items() if k != name})
        for key in () if made is None else made:
            assert made[key] is not None or whole[key] is None, f"{key} is emptied because {name} is not there"


def _made_or_held(compiled: Compiled, raw: Json) -> Json | None:
    """None where the record is held, because what is missing is required."""
    try:
        return compiled.apply(raw)
    except MappingFault as fault:
        return None if "required" in fault.sentence else pytest.fail(fault.sentence)


def test_every_readable_object_is_put_into_canonical_words_and_every_written_one_into_the_systems_own() -> None:
    for system in ("tryton", "ap_sandbox"):
        for obj, spec in registered()[system].objects.items():
            if obj == "approval" and system == "tryton":
                continue  # a note on the invoice, written and never read
            if spec.readable:
                assert (system, obj, "in") in SPECS, (system, obj)
            if spec.creates:
                assert (system, obj, "out") in SPECS, (system, obj)


def test_a_line_without_coding_stops_the_invoice_and_is_never_left_out() -> None:
    golden = json.loads((GOLDEN / "ap_sandbox" / "invoice.json").read_text())
    uncoded = json.loads(json.dumps(golden["canonical"]))
    uncoded["lines"][1]["splits"] = []
    told = explain(*SPECS["tryton", "invoice", "out"], resolved(uncoded, _other_side))
    assert told.fault is not None
    assert told.fault.target == "lines[1].account"


def test_a_credit_note_of_the_erp_carries_the_amounts_of_the_document() -> None:
    golden = json.loads((GOLDEN / "tryton" / "invoice.json").read_text())
    assert golden["raw"]["total_amount"] == "-107.50"
    assert golden["canonical"]["payable_amount"] == "107.50"
    assert golden["canonical"]["invoice_type_code"] == "381"
