"""Verbs on pipelines that need no other room: made, moved from state to state, spans opened and closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction

from governance.services import record_audit
from sync.pipelines.models import Pipeline, PipelineEntity, Span
from sync.pipelines.states import DOMAINS, DRAFT, LIVE, MATCHING, MOVES, PAUSED
from tenancy.accounts.actors import Actor
from tenancy.accounts.selectors import require
from tenancy.clock import db_now
from tenancy.customers.models import Entity


class PipelineRefused(ValueError):
    """What was asked of a pipeline cannot be; the message says why and what to do."""


@transaction.atomic
def create_pipeline(
    *,
    actor: Actor,
    customer_id: UUID,
    domain: str,
    source_id: UUID,
    target_id: UUID,
    mapping_in_id: UUID,
    mapping_out_id: UUID,
    mapping_back_id: UUID | None,
    entities: Sequence[tuple[Entity, str, str]],
    name: str = "",
    environment: str = "production",
    interval_seconds: int = 300,
    cutover_on: date | None = None,
    policies: Sequence[str] | None = None,
) -> Pipeline:
    """A draft pipeline. `entities`: (entity, the source's company, the target's company) for each one it covers."""
    require(actor, "pipelines.manage", customer_id=customer_id)
    if domain not in DOMAINS:
        raise PipelineRefused(f"There is no workflow domain called {domain!r}; choose one of {', '.join(DOMAINS)}.")
    if not entities:
        raise PipelineRefused("A pipeline covers at least one entity: bind an entity on both connections first.")
    pipeline = Pipeline.objects.create(
        customer_id=customer_id, domain=domain, name=name or DOMAINS[domain].label, environment=environment,
        source_id=source_id, target_id=target_id, mapping_in_id=mapping_in_id, mapping_out_id=mapping_out_id,
        mapping_back_id=mapping_back_id, interval_seconds=interval_seconds, cutover_on=cutover_on,
        policies=list(DOMAINS[domain].policies if policies is None else policies),
    )  # fmt: skip
    environments = {pipeline.source.environment, pipeline.target.environment, environment}
    if len(environments) > 1:
        raise PipelineRefused(
            "Test and production are never mixed: both connections and the pipeline must be of one kind."
        )
    for entity, source_company, target_company in entities:
        PipelineEntity.objects.create(
            pipeline=pipeline, entity=entity, source_company=source_company, target_company=target_company
        )
    _note(actor, pipeline, "pipeline.created", {"domain": domain})
    return pipeline


@transaction.atomic
def move(*, actor: Actor, pipeline: Pipeline, to: str, because: str = "") -> Pipeline:
    """The one way a pipeline changes state; spans for billing follow."""
    locked = Pipeline.objects.select_for_update().get(pk=pipeline.pk)
    if to not in MOVES[locked.state]:
        raise PipelineRefused(
            f"{locked.name} is {locked.get_state_display().lower()} and cannot become {to} from there."
        )
    locked.state, locked.paused_because = to, because if to == PAUSED else ""
    now = db_now()
    if to == MATCHING:
        locked.matched_at = None  # whatever was matched before, both sides have moved on since
    if to == LIVE:
        locked.next_due_at, locked.went_live_at = now, locked.went_live_at or now
        Span.objects.get_or_create(
            kind="pipeline", subject_id=locked.pk, active_to=None,
            defaults={"active_from": now, "customer_id": locked.customer_id, "environment": locked.environment},
        )  # fmt: skip
    else:
        Span.objects.filter(kind="pipeline", subject_id=locked.pk, active_to=None).update(active_to=now)
    locked.save()
    _note(actor, locked, f"pipeline.{to}", {"because": because})
    pipeline.state, pipeline.paused_because, pipeline.next_due_at = (
        locked.state,
        locked.paused_because,
        locked.next_due_at,
    )
    return locked


def pause(*, actor: Actor, pipeline: Pipeline, because: str) -> Pipeline:
    """Stops reading and writing until somebody resumes it; what was begun stays as it is."""
    require(actor, "pipelines.manage", customer_id=pipeline.customer_id)
    return move(actor=actor, pipeline=pipeline, to=PAUSED, because=because)


def start_matching(*, actor: Actor, pipeline: Pipeline) -> Pipeline:
    """A draft, or a pipeline that was restored, is matched before it may write."""
    require(actor, "pipelines.manage", customer_id=pipeline.customer_id)
    return pipeline if pipeline.state == MATCHING else move(actor=actor, pipeline=pipeline, to=MATCHING)


def back_to_draft(*, actor: Actor, pipeline: Pipeline) -> Pipeline:
    """Gives matching up."""
    require(actor, "pipelines.manage", customer_id=pipeline.customer_id)
    return move(actor=actor, pipeline=pipeline, to=DRAFT)


def _note(actor: Actor, pipeline: Pipeline, action: str, data: dict[str, str]) -> None:
    record_audit(
        actor=actor, action=action, object_type="pipeline", object_id=str(pipeline.pk),
        customer_id=pipeline.customer_id, data=data,
    )  # fmt: skip
