"""Where each record of the side that is read stands in its pipeline, as an explanation for being there alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.base import LedgerLine
from sync.agreement.told import Told, on_its_way
from sync.links.models import RecordState
from sync.pipelines.models import MatchProposal, Pipeline
from sync.pipelines.states import MATCHING
from sync.runs.models import RunEntry, WorkItem

# what an AP service has in hand before it asks for posting, and what it will never ask for
_BEFORE_POSTING = frozenset({"received", "coding", "inApproval", "draft", "captured", "coded", "in_approval"})
NEVER_POSTED = frozenset({"void", "rejected", "cancelled", "cancel"})
_SETTLED = frozenset({"paid"})  # of a bill: nobody has to pay it any more
_OPEN = frozenset({"held", "conflict", "failed"})
_VERDICTS = ("rejected", "open", "excluded", "linked")  # of several on one record the last one counts
_LEFT_OUT = frozenset({"excluded", "not_created_here"})


@dataclass(frozen=True)
class Stand:
    """A record's state in the pipeline and since when."""

    state: str
    since: datetime | None


@dataclass
class Standing:
    """What the pipeline knows of one object's records, fetched in a few set queries."""

    pipeline: Pipeline
    object: str
    now: datetime
    records: Mapping[str, Stand] = field(init=False)
    items: Mapping[str, str] = field(init=False)  # external id → what a person is asked
    skips: Mapping[str, tuple[str, str]] = field(init=False)  # external id → reason, sentence
    proposals: Mapping[str, str] = field(init=False)  # external id → the verdict on it

    def __post_init__(self) -> None:
        mine = {"pipeline": self.pipeline, "landing__object": self.object}
        records = RecordState.objects.filter(**mine).values_list(
            "landing__external_id", "state", "changed_at", "landing__landed_at"
        )
        self.records = {key: Stand(state, changed or landed) for key, state, changed, landed in records}
        of_record: dict[str, Any] = {f"record__{name}": value for name, value in mine.items()}
        open_items = WorkItem.objects.filter(state="open", **of_record).order_by("-opened_at")
        self.items = dict(open_items.values_list("record__landing__external_id", "sentence"))
        skipped = RunEntry.objects.filter(record__state="skipped", state="closed", **of_record)
        last = skipped.order_by("record", "-created_at", "-pk").distinct("record")
        self.skips = {k: (r, s) for k, r, s in last.values_list("record__landing__external_id", "reason", "sentence")}
        pairs = MatchProposal.objects.filter(pipeline=self.pipeline, object=self.object).exclude(source_id="")
        judged = sorted(pairs.values_list("source_id", "verdict"), key=lambda pair: _VERDICTS.index(pair[1]))
        self.proposals = dict(judged)

    def why(self, line: LedgerLine) -> Told | None:
        """Why the record is not on the other side; None where nothing that is known can be the cause."""
        if line.stage in NEVER_POSTED:
            return Told("out_of_scope", f"Its own system says {line.stage}, so nothing should stand in the other.")
        stand = self.records.get(line.external_id)
        if stand is not None and stand.state == "applied":
            return None  # it was written or linked, so it should be there
        if stand is not None and stand.state == "skipped":
            return self._skipped(line)
        if stand is not None:
            return self._open(line.external_id, stand)
        if line.stage in _BEFORE_POSTING:
            return Told("in_process", f"Its own system is not done with it ({line.stage}); then it travels.")
        return self._before_live(line)

    def open(self, external_id: str) -> Told | None:
        """What keeps a record open whose counterpart is there; None where nothing does."""
        stand = self.records.get(external_id)
        return None if stand is None or stand.state in ("applied", "skipped") else self._open(external_id, stand)

    def _open(self, external_id: str, stand: Stand) -> Told | None:
        if stand.state in _OPEN:
            return self._held(external_id, stand)
        if stand.state == "uncertain":
            return on_its_way("in_transit", "It was sent and its outcome is being looked for", stand.since, self.now)
        waiting = "It waits for another record" if stand.state == "waiting" else "It was read and is being worked"
        return on_its_way("in_process", waiting, stand.since, self.now)

    def _held(self, external_id: str, stand: Stand) -> Told | None:
        if sentence := self.items.get(external_id):
            return Told("held", sentence)
        return on_its_way("in_process", "A person has decided and it is taken again", stand.since, self.now)

    def _skipped(self, line: LedgerLine) -> Told | None:
        """By the reason it was left out for. A bill that is still to be paid is never explained by its date."""
        reason, sentence = self.skips.get(line.external_id, ("", ""))
        if reason in _LEFT_OUT or (reason == "ended" and not self._owed(line)):
            return Told("out_of_scope", sentence)
        if reason == "draft" and not self._owed(line):
            return Told("in_process", sentence)
        if reason == "before_cutover" and not self._owed(line):
            return Told("cut_off", sentence)
        return None

    def _owed(self, line: LedgerLine) -> bool:
        """Whether somebody still has to pay the document, so that it must stand in the ERP."""
        return self.object == "invoice" and line.stage not in _SETTLED | NEVER_POSTED | _BEFORE_POSTING

    def _before_live(self, line: LedgerLine) -> Told | None:
        """While the pipeline is matched, what was compared and has no counterpart is for the first run."""
        verdict = self.proposals.get(line.external_id)
        if self.pipeline.state != MATCHING or verdict is None or verdict == "linked":
            return None
        if verdict == "excluded":
            return Told("out_of_scope", "A person decided to leave this record out.")
        cutover = self.pipeline.cutover_on
        if cutover is not None and line.day is not None and line.day < cutover:
            said = "It is older than the cut-over date: it is linked, never written."
            return None if self._owed(line) else Told("cut_off", said)
        return Told("in_process", "Nothing in the other system is the same; the first run writes it.")
