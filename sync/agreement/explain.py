"""Why a record stands in one system only: what the portal knows of it, by record. Never more than it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from connectors.base import LedgerLine
from finance.agreement import Explanation, Line, Reason
from sync.agreement.books import Books
from sync.links.models import Landing, RecordState
from sync.links.selectors import linked_ids
from sync.pipelines.models import MatchProposal, Pipeline
from sync.pipelines.states import DOMAINS, LIVE

Side = Literal["left", "right"]
_REASONS: Mapping[str, Reason] = {
    "held": "held",
    "conflict": "held",
    "failed": "held",
    "waiting": "in_process",
    "landed": "in_process",
    "uncertain": "in_transit",
    "skipped": "out_of_scope",
}
# what an AP service has in hand before it asks for posting, and what it will never ask for
_BEFORE_POSTING = frozenset({"received", "coding", "inApproval", "draft", "captured", "coded", "in_approval"})
_NEVER_POSTED = frozenset({"void", "rejected", "cancelled", "cancel"})


def explanations(pipeline: Pipeline, books: Books) -> dict[str, Explanation]:
    """Key → why it stands on one side only."""
    from_erp = reads_the_erp(pipeline)
    source, target = (books.erp, books.ap) if from_erp else (books.ap, books.erp)
    ours: Side = "left" if from_erp else "right"
    theirs: Side = "right" if from_erp else "left"
    told = {line.key: Explanation(reason, only=ours) for line, reason in _of_source(pipeline, books.object, source)}
    told |= {line.key: Explanation(reason, only=theirs) for line, reason in _of_target(pipeline, books.object, target)}
    return told


def reads_the_erp(pipeline: Pipeline) -> bool:
    """Whether the pipeline goes from the ERP to the AP service."""
    return DOMAINS[pipeline.domain].source_role == "erp"


def _of_source(pipeline: Pipeline, obj: str, lines: Sequence[LedgerLine]) -> list[tuple[LedgerLine, Reason]]:
    """Records of the side that is read: where each stands in the pipeline."""
    states = dict(
        RecordState.objects.filter(pipeline=pipeline, landing__object=obj).values_list("landing__external_id", "state")
    )
    proposed = set(
        MatchProposal.objects.filter(pipeline=pipeline, object=obj)
        .exclude(source_id="")
        .values_list("source_id", flat=True)
    )
    found: list[tuple[LedgerLine, Reason]] = []
    for line in lines:
        if (reason := _source_reason(pipeline, line, states, proposed)) is not None:
            found.append((line, reason))
    return found


def _source_reason(
    pipeline: Pipeline, line: LedgerLine, states: Mapping[str, str], proposed: set[str]
) -> Reason | None:
    if (state := states.get(line.external_id)) in _REASONS:
        return _REASONS[str(state)]
    if line.stage in _NEVER_POSTED:
        return "out_of_scope"
    if line.stage in _BEFORE_POSTING:
        return "in_process"
    if pipeline.state != LIVE and line.external_id in proposed:
        return "in_process"  # is written by the first run
    return None


def _of_target(pipeline: Pipeline, obj: str, lines: Sequence[LedgerLine]) -> list[tuple[LedgerLine, Reason]]:
    """Records of the side that is written to which came from nowhere: keyed there by its own people."""
    linked = linked_ids(pipeline.target_id, obj)
    keyed: Reason = "erp_keyed" if obj in ("invoice", "payment") else "out_of_scope"
    before: Reason = "in_process"  # a matched pair whose number is taken over by the first run
    return [
        (line, keyed if line.external_id not in linked else before)
        for line in lines
        if line.external_id not in linked or pipeline.state != LIVE
    ]


def portal_lines(pipeline: Pipeline, books: Books) -> list[Line]:
    """What the portal itself has read of the source, in count and in money, under the entity codes."""
    source = books.erp if reads_the_erp(pipeline) else books.ap
    codes = {line.external_id: line for line in source}
    landed = Landing.objects.filter(connection=pipeline.source_id, object=books.object, deleted=False)
    return [
        Line(line.key, line.company, line.currency, line.side, abs(amount or Decimal(0)))
        for key, amount in landed.values_list("external_id", "amount")
        if (line := codes.get(key)) is not None
    ]
