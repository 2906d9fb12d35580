"""The doors of the engine: compile, explain, validate, digest."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from decimal import Context, getcontext, setcontext
from typing import Any

from mappings.engine.call import Crosswalks
from mappings.engine.explain import Explanation, explain_plan
from mappings.engine.faults import MappingFault, MappingInvalid, Problem, Refused, TooMuch
from mappings.engine.finish import Budget
from mappings.engine.lineage import field_sources
from mappings.engine.plan import Plan, make_plan
from mappings.engine.source import write_source
from mappings.engine.spec import LANGUAGE, read_spec
from mappings.engine.values import ABSENT, arithmetic

_SPARSE_FOR = 30
_FAULTS = (Refused, ArithmeticError, TypeError, AttributeError, ValueError, LookupError)


class _Thread(threading.local):
    def __init__(self) -> None:
        self.context: Context = arithmetic()


_thread = _Thread()


class Compiled:
    """A mapping as one Python function. `source` is that function's text, `fields` says for every target path
    which source paths it reads, `revision` changes with the mapping and its crosswalks."""

    def __init__(self, plan: Plan, revision: str) -> None:
        self.plan = plan
        self.revision = revision
        self.source, unit = write_source(plan)
        self.fields: Mapping[str, tuple[str, ...]] = field_sources(plan)
        exec(compile(self.source, f"<mapping {plan.spec.object} {plan.spec.direction}>", "exec"), unit.names)  # noqa: S102
        self._careful: Callable[[Any, Budget], dict[str, Any]] = unit.names["run"]
        self._dense: Callable[[Any, Budget], dict[str, Any]] = unit.names["run_dense"]
        self._sparse = 0  # records for which the careful function is taken at once

    def apply(self, record: dict[str, Any]) -> dict[str, Any]:
        """The mapped record, numbers with a point as text; raises MappingFault. Leaves the record as it is."""
        before = getcontext()
        setcontext(_thread.context)
        try:
            if record.__class__ is dict:
                return self._map(record)
        except TooMuch as error:
            sentence = f"{str(error)[:1].upper()}{str(error)[1:]}."
            raise MappingFault(target="", source="", value=ABSENT, rule="limit", sentence=sentence) from None
        except _FAULTS:
            pass  # the explanation below says which field it was
        finally:
            setcontext(before)
        raise self._fault(record)

    def _map(self, record: dict[str, Any]) -> dict[str, Any]:
        """A source that leaves keys out now and then is tried again; one that often does is taken as it is."""
        if self._sparse > 0:
            self._sparse -= 1
            return self._careful(record, Budget())
        try:
            return self._dense(record, Budget())
        except _FAULTS:
            self._sparse = _SPARSE_FOR
            return self._careful(record, Budget())

    def explain(self, record: Any) -> Explanation:
        """The same record field by field."""
        return explain_plan(self.plan, record)

    def _fault(self, record: Any) -> MappingFault:
        fault = self.explain(record).fault
        return fault or MappingFault(
            target="",
            source="",
            value=ABSENT,
            rule="engine",
            sentence="The fast and the careful reading of this mapping disagree about the record; it was not mapped.",
        )


def compile_mapping(spec: Mapping[str, Any], crosswalks: Crosswalks) -> Compiled:
    """Raises MappingInvalid with every problem."""
    plan, problems = _plan(spec, crosswalks)
    if problems:
        raise MappingInvalid(problems)
    return Compiled(plan, digest(spec, crosswalks))


def explain(spec: Mapping[str, Any], crosswalks: Crosswalks, record: Any) -> Explanation:
    """For every target field what was read, what was worked out, and the result or the fault."""
    plan, problems = _plan(spec, crosswalks)
    if problems:
        raise MappingInvalid(problems)
    return explain_plan(plan, record)


def digest(spec: Mapping[str, Any], crosswalks: Crosswalks) -> str:
    """The revision of a mapping: changes with its meaning, whatever the order of keys in the JSON."""
    text = json.dumps([LANGUAGE, spec, {k: dict(v) for k, v in crosswalks.items()}], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _plan(spec: Any, crosswalks: Crosswalks) -> tuple[Plan, list[Problem]]:
    read, problems = read_spec(spec)
    plan, more = make_plan(read, crosswalks)
    return plan, problems + more
