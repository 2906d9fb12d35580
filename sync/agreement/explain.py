"""Why a record stands in one system only: what the portal knows of it, by record. Never more than it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from connectors.base import LedgerLine
from connectors.models import Connection
from finance.agreement import Explanation, Line, Where
from sync.agreement.books import Books
from sync.agreement.standing import Standing
from sync.agreement.told import Told, by_key, merged
from sync.agreement.twins import Twins
from sync.links.models import Landing, Link
from sync.pipelines.models import Pipeline
from sync.pipelines.states import DOMAINS, MATCHING
from sync.runs.models import Intent
from tenancy.clock import db_now


@dataclass(frozen=True)
class Pair:
    """A link as the target sees it."""

    source_id: str
    matched: bool


def explanations(pipeline: Pipeline, books: Books) -> dict[str, list[Explanation]]:
    """Key → why it stands on one side only, once for each company, currency and side of the books."""
    now = db_now()
    from_erp = reads_the_erp(pipeline)
    source, target = (books.erp, books.ap) if from_erp else (books.ap, books.erp)
    here: Where = "left" if from_erp else "right"
    there: Where = "right" if from_erp else "left"
    standing = Standing(pipeline, books.object, now)
    target_side = _Target(pipeline, books.object, source, target, standing, now)
    ours = [(line, target_side.of_pair(line) or standing.why(line)) for line in source]
    theirs = [(line, target_side.why(line)) for line in target]
    return merged(by_key(ours, here), by_key(theirs, there))


def reads_the_erp(pipeline: Pipeline) -> bool:
    """Whether the pipeline goes from the ERP to the AP service."""
    return DOMAINS[pipeline.domain].source_role == "erp"


class _Target:
    """Records of the side that is written to: pairs whose keys differ, others' records, and what was keyed there."""

    def __init__(
        self,
        pipeline: Pipeline,
        obj: str,
        source: Sequence[LedgerLine],
        target: Sequence[LedgerLine],
        standing: Standing,
        now: datetime,
    ) -> None:
        self.pipeline, self.object, self.standing, self.now = pipeline, obj, standing, now
        self.source = {line.external_id: line for line in source}
        self.target = {line.external_id: line for line in target}
        self.pairs = _pairs(pipeline, obj)
        self.mates = {pair.source_id: target_id for target_id, pair in self.pairs.items()}
        self.elsewhere = _linked_elsewhere(pipeline, obj)
        self.sent = _sent(pipeline, obj, [line for line in target if line.external_id not in self.pairs])
        self.twins = Twins(pipeline, source) if obj == "invoice" else None

    def of_pair(self, line: LedgerLine) -> Told | None:
        """A matched pair whose key the first run takes over: only while matching, and only with equal amounts."""
        mate = self.target.get(self.mates.get(line.external_id, ""))
        return self._pair(self.mates[line.external_id], line, mate) if mate is not None else None

    def why(self, line: LedgerLine) -> Told | None:
        """Why the record is not on the side that is read."""
        if (pair := self.pairs.get(line.external_id)) is not None:
            source = self.source.get(pair.source_id)
            return self._pair(line.external_id, source, line) if source is not None else None
        if (label := self.elsewhere.get(line.external_id)) is not None:
            return Told("out_of_scope", f"It belongs with {label}, not with this pair of systems.")
        if line.external_id in self.sent or (line.reference and line.reference in self.sent):
            return None  # we wrote it: whoever finds it without a link has found a fault
        return self._of_its_own(line)

    def _pair(self, target_id: str, ours: LedgerLine, theirs: LedgerLine) -> Told | None:
        same = (ours.company, ours.currency, ours.side, ours.amount)
        if same != (theirs.company, theirs.currency, theirs.side, theirs.amount):
            return None
        if self.pipeline.state == MATCHING and self.pairs[target_id].matched:
            said = f"{ours.key} and {theirs.key} are matched; the first run makes their numbers the same."
            return Told("in_process", said)
        return self.standing.open(ours.external_id)

    def _of_its_own(self, line: LedgerLine) -> Told | None:
        """A record its own system's people made."""
        if self.twins is not None:
            return self._keyed(self.twins.of(line))
        cutover = self.pipeline.cutover_on
        if self.object == "payment":
            early = cutover is not None and line.day is not None and line.day < cutover
            return Told("cut_off", "Paid and shown before the cut-over date.") if early else None
        return Told("out_of_scope", "Only its own system has it; nothing was found to be the same, and it stays there.")

    def _keyed(self, alike: Sequence[LedgerLine]) -> Told | None:
        """An ERP document that came from nowhere: its own people's, unless the same bill was or may yet be posted."""
        if not alike:
            return Told("erp_keyed", "Keyed in the ERP by its own people; no bill like it is in the AP service.")
        stops = [self.standing.open(bill.external_id) for bill in alike if bill.external_id not in self.mates]
        held = [why for why in stops if why is not None and why.reason == "held"]
        if len(held) < len(alike):
            return None
        return Told("held", f"Keyed in the ERP, and the same bill is held: {held[0].sentence}")


def _pairs(pipeline: Pipeline, obj: str) -> dict[str, Pair]:
    """Target id → its active link with the source of this pipeline, whichever way it was made."""
    here, there = pipeline.source_id, pipeline.target_id
    links = Link.objects.filter(active=True, object=obj)
    ahead = links.filter(source=here, target=there)
    back = links.filter(source=there, target=here)
    pairs = [
        *ahead.values_list("target_external_id", "source_external_id", "origin"),
        *back.values_list("source_external_id", "target_external_id", "origin"),
    ]
    return {target_id: Pair(source_id, origin == "matched") for target_id, source_id, origin in pairs}


def _linked_elsewhere(pipeline: Pipeline, obj: str) -> dict[str, str]:
    """Target id → the label of the other system its record is linked with."""
    here, p = pipeline.target_id, pipeline
    links = Link.objects.filter(active=True, object=obj)
    ends: list[tuple[str, UUID]] = [
        *links.filter(target=here).exclude(source=p.source_id).values_list("target_external_id", "source_id"),
        *links.filter(source=here).exclude(target=p.source_id).values_list("source_external_id", "target_id"),
    ]
    labels = dict(Connection.objects.filter(pk__in={pk for _, pk in ends}).values_list("pk", "label")) if ends else {}
    return {external_id: labels[pk] for external_id, pk in ends}


def _sent(pipeline: Pipeline, obj: str, lines: Sequence[LedgerLine]) -> set[str]:
    """Ids and references among these lines that a write of ours made."""
    ids, references = {line.external_id for line in lines}, {line.reference for line in lines if line.reference}
    if not ids:
        return set()
    asked = Q(external_id__in=ids) | Q(reference__in=references)
    made = Intent.objects.filter(asked, connection=pipeline.target_id, object=obj, operation="create", side="target")
    return {value for pair in made.values_list("external_id", "reference") for value in pair if value}


def portal_lines(pipeline: Pipeline, books: Books) -> list[Line]:
    """What the portal itself has read of the source, in count and in money, under the entity codes."""
    source = books.erp if reads_the_erp(pipeline) else books.ap
    codes: Mapping[str, LedgerLine] = {line.external_id: line for line in source}
    landed = Landing.objects.filter(connection=pipeline.source_id, object=books.object, deleted=False)
    return [
        Line(line.key, line.company, line.currency, line.side, abs(amount or Decimal(0)))
        for key, amount in landed.values_list("external_id", "amount")
        if (line := codes.get(key)) is not None
    ]
