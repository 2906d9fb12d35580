"""Each pipeline goes live as its people would take it there: matched, judged, agreed, decided by a second person."""

from __future__ import annotations

import time
from collections import Counter
from uuid import UUID

from demo.lines import said, step
from demo.partners import person
from governance.services import decide
from sync.agreement.models import Agreement, AgreementRow
from sync.agreement.services import agree
from sync.desk import live, matching
from sync.pipelines.models import MatchProposal, Pipeline
from sync.pipelines.states import DOMAINS
from sync.runs.models import Run

UNFINISHED = ("queued", "working")
REASONS = {
    "in_process": "not carried over yet",
    "in_transit": "on its way",
    "held": "held for a person",
    "out_of_scope": "only here, and stays so",
    "erp_keyed": "the ERP's own",
}


class NotInStep(Exception):
    """The systems did not come into step; the text is one sentence."""


def take_live(pipeline: Pipeline) -> None:
    """From draft or matching to live; what is live already is left alone."""
    if pipeline.state not in ("draft", "matching"):
        return
    engineer, controller = person("engineer"), person("controller")
    with step(f"{pipeline.name}: matched") as note:
        counted = matching.match(actor=engineer, pipeline=pipeline)
        matching.accept_certain(actor=engineer, pipeline=pipeline)
        likely = _judge_likely(pipeline)
        note.append(", ".join(f"{n} {what}" for what, n in sorted(counted.items())) or "nothing to match")
    for pair in likely:
        said(pair)
    with step(f"{pipeline.name}: opening agreement, a second person's yes, live"):
        opening = agree(actor=engineer, customer_id=pipeline.customer_id, opening=True)
        change = live.ask_go_live(actor=engineer, pipeline=pipeline, reason="Matched and agreed")
        decide(
            actor=controller, change_request_id=change.pk, approve=True, comment="Figures agree",
            shown_digest=change.shown_digest,
        )  # fmt: skip
    said(in_words(opening, DOMAINS[pipeline.domain].objects))
    wait_for_runs()


def _judge_likely(pipeline: Pipeline) -> list[str]:
    """The engineer looks at what is only likely, and says that it is the same; returns the pairs in words."""
    pairs = []
    for proposal in MatchProposal.objects.filter(pipeline=pipeline, certainty="likely", verdict="open"):
        proposal.refresh_from_db()
        if proposal.verdict == "open":  # another judgement may have settled it
            matching.judge(actor=person("engineer"), proposal_id=proposal.pk, verdict="linked")
            pairs.append(f"{proposal.source_label} = {proposal.target_label}: {proposal.reasons[0]}")
    return pairs


def wait_for_runs(seconds: float = 180.0) -> None:
    """Until nothing runs any more; each finished run is a line."""
    until = time.monotonic() + seconds
    waiting = set(Run.objects.filter(state__in=UNFINISHED).values_list("pk", flat=True))
    while waiting and time.monotonic() < until:
        time.sleep(0.2)
        for run in Run.objects.filter(pk__in=waiting).exclude(state__in=UNFINISHED).select_related("pipeline"):
            counts = ", ".join(f"{cell['count']} {outcome}" for outcome, cell in run.counts.items() if cell["count"])
            seen = counts or run.sentence or "nothing new"
            seconds_taken = (run.finished_at - run.created_at).total_seconds() if run.finished_at else 0.0
            if run.kind == "full":
                said(f"first run of {run.pipeline.name}: {seen}, in {seconds_taken:.1f} s")
            waiting.discard(run.pk)
    if waiting:
        raise NotInStep("The first runs did not finish in time; why is in the workers' log, logs/work.log.")


def agree_now(customer_id: UUID) -> Agreement:
    """Both systems compared now, in a line."""
    with step("agreement of both systems"):
        taken = agree(actor=person("engineer"), customer_id=customer_id)
    said(in_words(taken, ()))
    return taken


def in_words(taken: Agreement, objects: tuple[str, ...]) -> str:
    """How many records both sides hold, why the others differ, and what nobody can explain."""
    rows = [row for row in taken.rows.all() if not objects or row.object in objects]
    ours, theirs = sum(row.erp["count"] for row in rows), sum(row.ap["count"] for row in rows)
    told = ", ".join(f"{n} {REASONS.get(reason, reason)}" for reason, n in sorted(_explained(rows).items()))
    unexplained = sum(len(row.unexplained) for row in rows)
    return f"ERP {ours}, AP {theirs}; {f'explained: {told}; ' if told else ''}{unexplained} unexplained"


def _explained(rows: list[AgreementRow]) -> Counter[str]:
    return Counter(found["reason"] for row in rows for found in row.explained)
