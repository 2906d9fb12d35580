"""Items about a whole pipeline rather than one record: raised once, kept up to date, closed when no longer true."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django.db.models import QuerySet

from sync.pipelines.models import Pipeline
from sync.runs.models import Run, WorkItem
from tenancy.clock import db_now

Json = dict[str, Any]
MASS_VANISHED = "mass_vanished"


def cause_of(pipeline: Pipeline, code: str, about: str = "") -> str:
    """Names the matter; there is at most one open item of it."""
    return f"{code}:{pipeline.pk.hex}:{about}"[:200]


def raise_alarm(
    pipeline: Pipeline, run: Run | None, code: str, sentence: str, *, about: str = "", detail: Json, severity: str
) -> WorkItem:
    """Opens the item, or brings the open one of the same matter up to date."""
    cause = cause_of(pipeline, code, about)
    item = _open(cause).first() or WorkItem(
        pipeline=pipeline, customer_id=pipeline.customer_id, code=code, cause=cause, opened_at=db_now()
    )
    item.run, item.sentence, item.detail, item.severity = run, sentence, detail, severity
    item.digest = hashlib.blake2b(orjson.dumps([cause, sentence, detail]), digest_size=16).hexdigest()
    item.save()
    return item


def lower_alarm(pipeline: Pipeline, code: str, about: str = "") -> None:
    """The matter is over: its open item closes by itself."""
    _open(cause_of(pipeline, code, about)).update(state="void", closed_at=db_now())


def allowed(run: Run, code: str, about: str = "") -> bool:
    """Whether a person has looked at what this run was stopped for, and let it go on."""
    cause = cause_of(run.pipeline, code, about)
    return WorkItem.objects.filter(cause=cause, run=run, state="released").exists()


def _open(cause: str) -> QuerySet[WorkItem]:
    return WorkItem.objects.filter(cause=cause, state="open")
