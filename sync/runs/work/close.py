"""Closing: a run is finished only when every record it read is accounted for, in count and in money."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Sum

from sync.runs.models import Run, RunEntry, RunPage, WorkItem
from sync.runs.states import WRITTEN
from tenancy.clock import db_now
from tenancy.jobs.work import JobContext

Json = dict[str, Any]

STOPPED = "Nothing more is written until this is explained."

_WITHOUT_RECEIPT = """
select count(*) from sync_runentry e
where e.run_id = %s and e.outcome = any(%s) and (
    not exists (select from sync_intent i where i.entry_id = e.id)
    or exists (select from sync_intent i left join sync_receipt r on r.intent_id = i.id
               where i.entry_id = e.id and i.state <> 'void' and r.id is null))
"""


def close(run: Run, work: JobContext) -> None:
    """Balances the run and ends it; a run that does not balance stops and says so."""
    counts, read = balance(run)
    wrong = _imbalance(run, counts, read)
    with transaction.atomic():
        work.renew()
        run.counts, run.balanced, run.finished_at = counts, not wrong, db_now()
        run.state, run.sentence = ("stopped", wrong) if wrong else ("succeeded", "")
        run.save(update_fields=["counts", "balanced", "finished_at", "state", "sentence"])
        if wrong:
            WorkItem.objects.create(
                pipeline_id=run.pipeline_id, run=run, customer_id=run.pipeline.customer_id, code="run_unbalanced",
                cause="run_unbalanced", severity="block", sentence=wrong, digest=str(run.pk), opened_at=run.finished_at,
            )  # fmt: skip


def balance(run: Run) -> tuple[Json, Json]:
    """(outcome → count, money, unmeasured) and the same of everything read."""
    counts: dict[str, Json] = defaultdict(_nothing)
    read = _nothing()
    for page in RunPage.objects.filter(run=run):
        _add(read, page.measured)
        for outcome, cell in page.settled.items():
            _add(counts[outcome], cell)
    entries = RunEntry.objects.filter(run=run).values_list("outcome", "currency")
    for outcome, currency, n, total in entries.annotate(n=Count("id"), total=Sum("amount")).order_by():
        _add(counts[outcome or "undecided"], {"count": n, "money": {currency: total} if total is not None else {}})
    return {k: _plain(v) for k, v in counts.items()}, read


def _imbalance(run: Run, counts: Json, read: Json) -> str:
    """A sentence, or nothing where all agrees."""
    if counts.get("undecided"):
        return f"{counts['undecided']['count']} records of this run were left undecided. Resume it, or ask for help."
    total = _nothing()
    for cell in counts.values():
        _add(total, cell)
    if total["count"] != read["count"]:
        return f"{read['count']} records were read but {total['count']} are accounted for. {STOPPED}"
    if _money(total) != _money(read):
        return f"The money read and the money accounted for differ. {STOPPED}"
    if missing := _without_receipt(run):
        return f"{missing} records count as written but have no receipt. {STOPPED}"
    return ""


def _without_receipt(run: Run) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT_RECEIPT, [run.pk, list(WRITTEN)])
        return int(cursor.fetchone()[0])


def _nothing() -> Json:
    return {"count": 0, "money": defaultdict(Decimal), "unmeasured": 0}


def _add(to: Json, cell: Json) -> None:
    to["count"] += cell.get("count", 0)
    to["unmeasured"] += cell.get("unmeasured", 0)
    for currency, amount in cell.get("money", {}).items():
        to["money"][currency] += Decimal(str(amount))


def _money(cell: Json) -> Json:
    return {currency: amount for currency, amount in cell["money"].items() if amount}


def _plain(cell: Json) -> Json:
    return {**cell, "money": {c: str(a) for c, a in cell["money"].items()}}
