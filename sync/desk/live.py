"""Going live is a governed approval, pinned to what matching and the opening agreement showed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count

from connectors.selectors import connector_class
from governance.models import ChangeRequest
from governance.services import request_change
from mappings.models import MappingVersion
from sync.agreement.selectors import explained_sums, opening_of, rows_of
from sync.pipelines.models import MatchProposal, Pipeline
from sync.pipelines.services import PipelineRefused, move
from sync.pipelines.states import DOMAINS, LIVE, MATCHING, PAUSED
from sync.runs.models import Run
from sync.runs.services import request_run, ring
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.accounts.selectors import require
from tenancy.clock import db_now

GO_LIVE = "pipeline.go_live"


def checklist(pipeline: Pipeline, on: date | None = None) -> dict[str, Any]:
    """What must be so before a pipeline goes live, with its evidence. Shown to the decider and pinned.

    `on`: the day it is asked for; an opening agreement as of an earlier day is no evidence, save of the cut-over date.
    """
    verdicts = MatchProposal.objects.filter(pipeline=pipeline).values_list("certainty", "verdict")
    counted = {f"{c}/{v}": n for c, v, n in verdicts.annotate(n=Count("id")).order_by()}
    to_judge = MatchProposal.objects.filter(pipeline=pipeline, verdict="open").exclude(certainty="none").count()
    return {
        "pipeline": pipeline.name,
        **_made_of(pipeline),
        "matching": counted,
        "left_to_judge": to_judge,
        "matched": pipeline.matched_at is not None,
        **_opening(pipeline, on or db_now().date()),
        "cut_over": str(pipeline.cutover_on or ""),
    }


def _made_of(pipeline: Pipeline) -> dict[str, Any]:
    """What will be live: whoever decides, decides on exactly this."""
    covered = pipeline.entities.select_related("entity")
    return {
        "source": f"{pipeline.source.label} ({pipeline.source_id})",
        "target": f"{pipeline.target.label} ({pipeline.target_id})",
        "environment": pipeline.environment,
        "entities": [f"{c.entity.code}: {c.source_company} → {c.target_company}" for c in covered],
        "mapping_in": _version(pipeline.mapping_in),
        "mapping_out": _version(pipeline.mapping_out),
        "mapping_back": _version(pipeline.mapping_back) if pipeline.mapping_back else "",
        "policies": list(pipeline.policies),
        "interval_seconds": pipeline.interval_seconds,
    }


def _version(version: MappingVersion) -> str:
    return f"{version}, {version.digest[:16]} ({version.pk})"


def _carried(pipeline: Pipeline) -> list[str]:
    """The objects of its domain that both systems know."""
    sides = [connector_class(row.connector).objects for row in (pipeline.source, pipeline.target)]
    return [obj for obj in DOMAINS[pipeline.domain].objects if all(obj in side for side in sides)]


def _opening(pipeline: Pipeline, on: date) -> dict[str, Any]:
    """The opening agreement that is evidence for this pipeline, and what it says of it."""
    objects = _carried(pipeline)
    found = opening_of(pipeline, objects, on)
    if found is None:
        return {"opening_agreement": "", "opening_unexplained": None}
    rows = rows_of(found, pipeline, objects)
    return {
        "opening_agreement": str(found.pk),
        "opening_as_of": str(found.as_of),
        "opening_digest": found.digest,
        "opening_explained": explained_sums(rows),
        "opening_not_compared": sorted({g["sentence"] for g in found.not_compared if g["object"] in objects}),
        "opening_unexplained": sum(len(row.unexplained) for row in rows),
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
        said.append(
            "There is no opening agreement of this pipeline's records that was taken after matching and is of today or "
            "of the cut-over date. Take one, so that both sides start from the same figures."
        )
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
    Run.objects.filter(pipeline=live, state="working").update(resumed=True)
    ring(live)
    return live
