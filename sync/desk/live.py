"""Going live is a governed approval, pinned to what matching and the opening agreement showed."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from governance.models import ChangeRequest
from governance.services import request_change
from sync.agreement.models import Agreement
from sync.pipelines.models import MatchProposal, Pipeline
from sync.pipelines.services import PipelineRefused, move
from sync.pipelines.states import LIVE, MATCHING, PAUSED
from sync.runs.models import Run
from sync.runs.services import request_run, ring
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.accounts.selectors import require

GO_LIVE = "pipeline.go_live"


def checklist(pipeline: Pipeline) -> dict[str, Any]:
    """What must be so before a pipeline goes live, with its evidence. Shown to the decider and pinned."""
    verdicts = MatchProposal.objects.filter(pipeline=pipeline).values_list("certainty", "verdict")
    counted = {f"{c}/{v}": n for c, v, n in verdicts.annotate(n=Count("id")).order_by()}
    to_judge = MatchProposal.objects.filter(pipeline=pipeline, verdict="open").exclude(certainty="none").count()
    opening = Agreement.objects.filter(customer=pipeline.customer_id, opening=True).order_by("-read_at").first()
    return {
        "pipeline": pipeline.name,
        "matching": counted,
        "left_to_judge": to_judge,
        "matched": pipeline.matched_at is not None,
        "opening_agreement": str(opening.pk) if opening else "",
        "opening_unexplained": opening.unexplained if opening else None,
        "cut_over": str(pipeline.cutover_on or ""),
    }


def ask_go_live(*, actor: Actor, pipeline: Pipeline, reason: str = "") -> ChangeRequest:
    """Asks a second person to take the pipeline live; refuses while the checklist has a gap."""
    require(actor, "changes.request", customer_id=pipeline.customer_id)
    found = checklist(pipeline)
    for gap in gaps(pipeline, found):
        raise PipelineRefused(gap)
    return request_change(
        actor=actor, kind=GO_LIVE, subject_type="pipeline", subject_id=str(pipeline.pk), payload={}, shown=found,
        customer_id=pipeline.customer_id, reason=reason,
    )  # fmt: skip


def gaps(pipeline: Pipeline, found: dict[str, Any]) -> list[str]:
    """What still stands in the way, each a sentence."""
    said = []
    if pipeline.state != MATCHING or not found["matched"]:
        said.append(f"{pipeline.name} has not been matched yet. Match it, so that nothing is created twice.")
    if found["left_to_judge"]:
        said.append(
            f"{found['left_to_judge']} likely pairs are not judged yet. Settle them first: a wrong guess pays twice."
        )
    if found["opening_unexplained"] is None:
        said.append("There is no opening agreement yet. Take one, so that both sides start from the same figures.")
    elif found["opening_unexplained"]:
        said.append(
            f"The opening agreement leaves {found['opening_unexplained']} differences unexplained. Clear them first."
        )
    return said


def go_live(*, actor: Actor, pipeline: Pipeline) -> Run:
    """Carries out the approval: the pipeline is live and its first full run is asked for."""
    live = move(actor=actor, pipeline=pipeline, to=LIVE)
    return request_run(actor=SYSTEM, pipeline=live, kind="full", trigger="schedule")


def go_on(*, actor: Actor, pipeline: Pipeline) -> Pipeline:
    """Ends a pause. Runs that were waiting are worked first."""
    require(actor, "pipelines.manage", customer_id=pipeline.customer_id)
    if pipeline.state != PAUSED:
        raise PipelineRefused(f"{pipeline.name} is not paused.")
    live = move(actor=actor, pipeline=pipeline, to=LIVE)
    Run.objects.filter(pipeline=live, state="working").update(counts={"resumed": True})
    ring(live)
    return live
