"""References between records."""

from __future__ import annotations

from mappings.engine.registry import example, to_text, transform
from mappings.engine.values import ABSENT, Value, is_there


@transform(
    label="Reference",
    accepts=("word", "word", "any", "any?"),
    returns="object",
    passes_on=False,
    examples=[
        example(
            "vendor",
            "erp",
            17,
            "V-17",
            gives={"object": "vendor", "system": "erp", "external_id": "17", "natural_key": "V-17"},
        ),
        example("vendor", "erp", None, gives=None),
        example("vendor", "erp", ABSENT, ABSENT, gives=ABSENT),
        example(
            "account",
            "erp",
            ABSENT,
            "4000",
            gives={"object": "account", "system": "erp", "external_id": "", "natural_key": "4000"},
        ),
    ],
)
def ref(kind: str, system: str, external_id: Value, natural_key: Value = ABSENT) -> Value:
    """Points to another record by the id its system gave it, by its natural key, or both."""
    if is_there(external_id) or is_there(natural_key):
        return {"object": kind, "system": system, "external_id": _text(external_id), "natural_key": _text(natural_key)}
    return ABSENT if external_id is ABSENT else None


def _text(value: Value) -> str:
    return to_text(value) if is_there(value) else ""
