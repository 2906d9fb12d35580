"""The mapping language: JSON in, one fast Python function out, and an explanation for every value.

Plain Python. The language is described in `mappings/README.md`.
"""

from __future__ import annotations

from mappings.engine.check import canonical_fields, validate
from mappings.engine.compile import Compiled, compile_mapping, digest, explain
from mappings.engine.explain import Explanation, FieldExplanation
from mappings.engine.faults import MappingFault, MappingInvalid, Problem
from mappings.engine.registry import Transform, transforms
from mappings.engine.values import ABSENT

__all__ = [
    "ABSENT",
    "Compiled",
    "Explanation",
    "FieldExplanation",
    "MappingFault",
    "MappingInvalid",
    "Problem",
    "Transform",
    "canonical_fields",
    "compile_mapping",
    "digest",
    "explain",
    "transforms",
    "validate",
]
