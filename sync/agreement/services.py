"""Taking an agreement: both books are read, the difference is split into explained by record and unexplained."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from connectors.base import Connector
from connectors.selectors import open_connector
from finance.agreement import Difference, Line, Row, Sums
from finance.agreement import agree as compare
from governance.services import record_audit
from sync.agreement import books, explain
from sync.agreement.models import Agreement, AgreementRow
from sync.pipelines.models import Pipeline
from sync.pipelines.states import DOMAINS
from tenancy.accounts.actors import Actor
from tenancy.accounts.selectors import require
from tenancy.clock import db_now

Json = dict[str, Any]


class NothingToAgree(ValueError):
    """What was asked cannot be compared; the message says why."""


@dataclass
class Compared:
    """One pair of systems: its rows, and the objects that one of them keeps no books of."""

    erp_id: UUID
    ap_id: UUID
    rows: list[Row] = field(default_factory=list)
    not_compared: list[Json] = field(default_factory=list)


def agree(*, actor: Actor, customer_id: UUID, as_of: date | None = None, opening: bool = False) -> Agreement:
    """Reads both systems now and keeps the comparison. Nothing is written to either system."""
    require(actor, "agreement.take", customer_id=customer_id)
    began, read_at = time.monotonic(), db_now()
    day = as_of or read_at.date()
    if day > read_at.date():
        raise NothingToAgree(f"{day} has not come yet. Take the agreement as of today or an earlier day.")
    compared = [_compare(group, day) for group in _groups(customer_id)]
    unexplained = sum(len(row.unexplained) for pair in compared for row in pair.rows)
    with transaction.atomic():
        kept = [_row(pair, row) for pair in compared for row in pair.rows]
        taken = Agreement.objects.create(
            customer_id=customer_id, as_of=day, opening=opening, read_at=read_at,
            seconds=round(time.monotonic() - began, 3), unexplained=unexplained, digest=_digest(kept),
            not_compared=[gap for pair in compared for gap in pair.not_compared],
        )  # fmt: skip
        for values in kept:
            AgreementRow.objects.create(agreement=taken, **values)
        record_audit(
            actor=actor, action="agreement.taken", object_type="agreement", object_id=str(taken.pk),
            customer_id=customer_id,
            data={"as_of": day.isoformat(), "unexplained": unexplained, "digest": taken.digest},
        )  # fmt: skip
    return taken


def _groups(customer_id: UUID) -> list[list[Pipeline]]:
    """Pipelines by the pair of systems they join."""
    found: dict[frozenset[UUID], list[Pipeline]] = {}
    pipelines = Pipeline.objects.filter(customer=customer_id).exclude(state="draft").order_by("created_at")
    for pipeline in pipelines.prefetch_related("entities__entity"):
        found.setdefault(frozenset({pipeline.source_id, pipeline.target_id}), []).append(pipeline)
    if not found:
        raise NothingToAgree("No pipeline of this customer has been matched yet, so there is nothing to compare.")
    return list(found.values())


def _compare(pipelines: Sequence[Pipeline], day: date) -> Compared:
    """Every object of these pipelines that both systems carry, in both systems' own books."""
    erp, ap = _sides(pipelines[0])
    ends = (pipelines[0].source_id, pipelines[0].target_id)
    found = Compared(*(ends if explain.reads_the_erp(pipelines[0]) else reversed(ends)))
    for pipeline in pipelines:
        covered = [_covered(pipeline, erp, entry) for entry in pipeline.entities.all()]
        for obj in DOMAINS[pipeline.domain].objects:
            if obj in erp.objects and obj in ap.objects:
                _compare_object(found, pipeline, obj, books.read(obj, erp, ap, covered, day), covered)
    return found


def _compare_object(
    found: Compared, pipeline: Pipeline, obj: str, both: books.Books | None, covered: Sequence[books.Covered]
) -> None:
    if both is None:
        said = f"One of the systems keeps no books of {obj.replace('_', ' ')} records, so they cannot be compared."
        found.not_compared.append({"erp": str(found.erp_id), "ap": str(found.ap_id), "object": obj, "sentence": said})
        return
    given, portal = explain.explanations(pipeline, both), explain.portal_lines(pipeline, both)
    rows = compare(obj, _lines(both.erp), _lines(both.ap), portal=portal, explanations=given).rows
    told = {row.company for row in rows}
    empty = [code for code in books.codes(obj, covered) if code not in told]
    found.rows += [*rows, *(Row(obj, code, "", Sums(), Sums(), Sums(), Sums()) for code in empty)]


def _sides(pipeline: Pipeline) -> tuple[Connector, Connector]:
    """(ERP, AP) of a pipeline."""
    source, target = open_connector(pipeline.source_id), open_connector(pipeline.target_id)
    return (source, target) if source.role == "erp" else (target, source)


def _covered(pipeline: Pipeline, erp: Connector, entry: Any) -> books.Covered:
    ahead = DOMAINS[pipeline.domain].source_role == erp.role
    companies = (entry.source_company, entry.target_company)
    return books.Covered(entry.entity.code, *(companies if ahead else reversed(companies)))


def _lines(side: Iterable[Any]) -> list[Line]:
    return [Line(s.key, s.company, s.currency, s.side, s.amount, s.stage, s.day) for s in side]


def _row(pair: Compared, row: Row) -> Json:
    return {
        "erp_connection_id": pair.erp_id,
        "ap_connection_id": pair.ap_id,
        "object": row.object,
        "company": row.company,
        "currency": row.currency,
        "erp": _sums(row.left),
        "portal": _sums(row.portal),
        "ap": _sums(row.right),
        "explained": [_difference(d) for d in row.explained],
        "unexplained": [_difference(d) for d in row.unexplained],
    }


def _text(amount: Decimal) -> str:
    """Plain digits, without zeros that say nothing."""
    return f"{amount.normalize():f}"


def _sums(sums: Sums) -> Json:
    return {"count": sums.count, "debit": _text(sums.debit), "credit": _text(sums.credit)}


def _difference(found: Difference) -> Json:
    return {
        "key": found.key,
        "side": found.side,
        "erp": _text(found.left_amount),
        "ap": _text(found.right_amount),
        "erp_count": found.left_count,
        "ap_count": found.right_count,
        "reason": found.reason or "",
        "sentence": found.sentence,
        "stages": list(found.stages),
        "day": str(found.day or ""),
    }


def _digest(rows: Sequence[Json]) -> str:
    return hashlib.sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).hexdigest()
