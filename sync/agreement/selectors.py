"""Agreements as evidence: the newest of a customer, and what one says of a pipeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sync.agreement.explain import reads_the_erp
from sync.agreement.models import Agreement, AgreementRow
from sync.pipelines.models import Pipeline
from sync.pipelines.states import SHARED_OBJECTS

Json = dict[str, Any]


def latest(customer_id: UUID) -> Agreement | None:
    """The newest agreement of a customer with its rows."""
    return Agreement.objects.filter(customer=customer_id).prefetch_related("rows").order_by("-read_at").first()


def opening_of(pipeline: Pipeline, objects: Iterable[str], on: date) -> Agreement | None:
    """The newest opening agreement that is evidence for the pipeline.

    Read after it was matched, as of `on` or later or of the cut-over date, and covering its objects and entities.
    """
    if pipeline.matched_at is None:
        return None
    taken = Agreement.objects.filter(
        customer=pipeline.customer_id, opening=True, read_at__gt=pipeline.matched_at
    ).order_by("-read_at")
    wanted = _places(pipeline, objects)
    timely = (one for one in taken if one.as_of >= on or one.as_of == pipeline.cutover_on)
    return next((one for one in timely if wanted <= _covered(one, pipeline)), None)


def rows_of(agreement: Agreement, pipeline: Pipeline, objects: Iterable[str]) -> list[AgreementRow]:
    """The rows about a pipeline's objects in its own pair of systems."""
    erp, ap = pair_of(pipeline)
    found = agreement.rows.filter(erp_connection=erp, ap_connection=ap, object__in=list(objects))
    return list(found.order_by("object", "company", "currency"))


def pair_of(pipeline: Pipeline) -> tuple[UUID, UUID]:
    """(ERP, AP) connection of a pipeline."""
    ends = (pipeline.source_id, pipeline.target_id)
    return ends if reads_the_erp(pipeline) else (ends[1], ends[0])


def explained_sums(rows: Iterable[AgreementRow]) -> dict[str, str]:
    """Reason → how many records and how much money it explains, as `3 records, 120.00 EUR`."""
    counts: defaultdict[str, int] = defaultdict(int)
    money: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        for found in row.explained:
            counts[found["reason"]] += abs(found["erp_count"] - found["ap_count"])
            if row.currency:
                money[found["reason"]][row.currency] += abs(Decimal(found["erp"]) - Decimal(found["ap"]))
    return {
        reason: ", ".join([f"{n} records", *(f"{total:f} {code}" for code, total in sorted(money[reason].items()))])
        for reason, n in sorted(counts.items())
    }


def _places(pipeline: Pipeline, objects: Iterable[str]) -> set[tuple[str, str]]:
    codes = list(pipeline.entities.values_list("entity__code", flat=True))
    return {(obj, code) for obj in objects for code in ([""] if obj in SHARED_OBJECTS else codes)}


def _covered(agreement: Agreement, pipeline: Pipeline) -> set[tuple[str, str]]:
    """What was compared, or could not be because a system keeps no books of it."""
    erp, ap = pair_of(pipeline)
    rows = agreement.rows.filter(erp_connection=erp, ap_connection=ap).values_list("object", "company")
    gaps = {g["object"] for g in agreement.not_compared if (g["erp"], g["ap"]) == (str(erp), str(ap))}
    return set(rows) | _places(pipeline, gaps)
