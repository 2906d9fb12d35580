"""A pipeline's rules: free to change before it is live, afterwards by a second person who was shown what it does."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from finance.policies import POLICIES
from governance.kinds import SubjectChanged, change_kind
from governance.models import ChangeRequest
from governance.services import record_audit, request_change
from mappings.models import MappingVersion
from mappings.states import VersionState
from sync.desk.preview import outcome
from sync.links.models import RecordState
from sync.pipelines.models import Pipeline, PipelineEntity
from sync.pipelines.services import PipelineRefused
from sync.pipelines.states import DOMAINS, LIVE, PAUSED
from sync.runs.models import Run
from sync.runs.services import request_run
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.accounts.roles import Role
from tenancy.accounts.selectors import require
from tenancy.clock import db_now
from tenancy.customers.models import Entity
from tenancy.history import signed

CHANGE = "pipeline.change"
SHORTEST_INTERVAL = 30
MOVED = "The pipeline has been changed since this was asked for. Ask again, so that what is shown is true."
Json = dict[str, Any]
_MAPPINGS = {"mapping_in_id": "mapping_in", "mapping_out_id": "mapping_out", "mapping_back_id": "mapping_back"}


@dataclass(frozen=True)
class Rules:
    """What a pipeline goes by. `entities`: (entity, the source's company, the target's company)."""

    mapping_in_id: UUID
    mapping_out_id: UUID
    mapping_back_id: UUID | None
    policies: tuple[str, ...]
    cutover_on: date | None
    interval_seconds: int
    entities: tuple[tuple[UUID, str, str], ...]

    @classmethod
    def of(cls, pipeline: Pipeline) -> Rules:
        """As they are now."""
        covered = pipeline.entities.order_by("entity__code")
        return cls(
            pipeline.mapping_in_id, pipeline.mapping_out_id, pipeline.mapping_back_id, tuple(pipeline.policies),
            pipeline.cutover_on, pipeline.interval_seconds,
            tuple(covered.values_list("entity_id", "source_company", "target_company")),
        )  # fmt: skip

    def plain(self) -> Json:
        """For a request, and back with `of_plain`."""
        return {
            **{name: str(getattr(self, name) or "") for name in (*_MAPPINGS, "cutover_on")},
            "policies": list(self.policies), "interval_seconds": self.interval_seconds,
            "entities": [[str(entity), source, target] for entity, source, target in self.entities],
        }  # fmt: skip

    @classmethod
    def of_plain(cls, given: Json) -> Rules:
        """As they were asked for."""
        day, back = given["cutover_on"], given["mapping_back_id"]
        return cls(
            UUID(given["mapping_in_id"]), UUID(given["mapping_out_id"]), UUID(back) if back else None,
            tuple(given["policies"]), date.fromisoformat(day) if day else None, given["interval_seconds"],
            tuple((UUID(entity), source, target) for entity, source, target in given["entities"]),
        )  # fmt: skip


def change_pipeline(*, actor: Actor, pipeline: Pipeline, reason: str = "", **wanted: Any) -> ChangeRequest | None:
    """Changes the rules named in `wanted` (fields of `Rules`): at once before it is live, else asks a second person.

    Speaks to both systems where new policies have to be tried on the records that are there.
    """
    require(actor, "pipelines.manage", customer_id=pipeline.customer_id)
    now = Rules.of(pipeline)
    then = replace(now, **{name: tuple(v) if isinstance(v, list) else v for name, v in wanted.items()})
    if then == now:
        raise PipelineRefused(f"{pipeline.name} is like that already; nothing was changed.")
    _check(pipeline, now, then)
    if pipeline.state not in (LIVE, PAUSED):
        with transaction.atomic():
            _apply(actor, pipeline, now, then, reason)
        return None
    shown = {"pipeline": pipeline.name, "changes": _differences(now, then), **_outcome(pipeline, now, then)}
    return request_change(
        actor=actor, kind=CHANGE, subject_type="pipeline", subject_id=str(pipeline.pk),
        payload={"now": now.plain(), "then": then.plain()}, shown=shown, customer_id=pipeline.customer_id,
        reason=reason,
    )  # fmt: skip


def _outcome(pipeline: Pipeline, now: Rules, then: Rules) -> Json:
    """Tried on the records that are there, where anything but the clock or the entities changes."""
    told: Json = {}
    if replace(then, interval_seconds=now.interval_seconds, entities=now.entities) != now:
        told = outcome(pipeline, _as_wanted(copy.copy(pipeline), then))
    if gone := {source for _, source, _ in now.entities} - {source for _, source, _ in then.entities}:
        left = RecordState.objects.filter(pipeline=pipeline, landing__company__in=gone, landing__deleted=False)
        told["records_no_longer_carried"] = left.count()
    return told


def _as_wanted(pipeline: Pipeline, then: Rules) -> Pipeline:
    for name in (*_MAPPINGS, "cutover_on", "interval_seconds"):
        setattr(pipeline, name, getattr(then, name))
    pipeline.policies = list(then.policies)
    return pipeline


# ---------------------------------------------------------------------------------------------------- what is refused
def _check(pipeline: Pipeline, now: Rules, then: Rules) -> None:
    if then.interval_seconds < SHORTEST_INTERVAL:
        raise PipelineRefused(f"Read no more often than every {SHORTEST_INTERVAL} seconds; notifications come at once.")
    for code in then.policies:
        if code not in POLICIES or not set(POLICIES[code].objects) & set(DOMAINS[pipeline.domain].objects):
            raise PipelineRefused(f"There is no policy called {code!r} for {DOMAINS[pipeline.domain].label.lower()}.")
    for name in _MAPPINGS:
        if getattr(now, name) != (wanted := getattr(then, name)) and wanted is not None:
            _check_mapping(pipeline, name, wanted)
    _check_entities(pipeline, then.entities)


def _check_mapping(pipeline: Pipeline, name: str, wanted: UUID) -> None:
    version = MappingVersion.objects.select_related("mapping").filter(pk=wanted).first()
    if version is None or version.state != VersionState.PUBLISHED:
        raise PipelineRefused("A pipeline goes by published mapping versions: publish it first.")
    present = getattr(pipeline, _MAPPINGS[name])
    system = present.mapping.system if present else version.mapping.system
    if (version.mapping.system, version.mapping.domain) != (system, pipeline.domain):
        raise PipelineRefused(f"{version} maps {version.mapping.system}, {version.mapping.domain}: not what is needed.")


def _check_entities(pipeline: Pipeline, entities: Sequence[tuple[UUID, str, str]]) -> None:
    wanted = {entity for entity, _, _ in entities}
    if not wanted or len(wanted) != len(entities):
        raise PipelineRefused("A pipeline covers at least one entity, and each once.")
    if Entity.objects.filter(pk__in=wanted, customer=pipeline.customer_id).count() != len(wanted):
        raise PipelineRefused("Only entities of the pipeline's own customer can be covered.")


# ------------------------------------------------------------------------------------------------------- what differs
def _differences(now: Rules, then: Rules) -> dict[str, str]:
    """Each rule that changes, in words."""
    names = [name for name in Rules.__dataclass_fields__ if getattr(now, name) != getattr(then, name)]
    return {name.removesuffix("_id"): f"{_spoken(name, now)} → {_spoken(name, then)}" for name in names}


def _spoken(name: str, rules: Rules) -> str:
    value = getattr(rules, name)
    if name in _MAPPINGS:
        return str(MappingVersion.objects.select_related("mapping").get(pk=value)) if value else "none"
    if name == "entities":
        codes = dict(Entity.objects.filter(pk__in=[e for e, _, _ in value]).values_list("pk", "code"))
        return ", ".join(f"{codes[entity]} ({source} → {target})" for entity, source, target in value)
    return ", ".join(value) or "none" if name == "policies" else str(value or "none")


# -------------------------------------------------------------------------------------------------------- what is done
def _apply(actor: Actor, pipeline: Pipeline, now: Rules, then: Rules, reason: str) -> None:
    locked = Pipeline.objects.select_for_update().get(pk=pipeline.pk)
    _as_wanted(locked, then)
    if locked.next_due_at is not None:
        locked.next_due_at = min(locked.next_due_at, db_now() + timedelta(seconds=then.interval_seconds))
    signed(locked, actor_id=actor.id, reason=reason).save()
    if then.entities != now.entities:
        _cover(locked, then.entities)
    record_audit(
        actor=actor, action="pipeline.changed", object_type="pipeline", object_id=str(locked.pk),
        customer_id=locked.customer_id, data={"changes": _differences(now, then), "reason": reason},
    )  # fmt: skip
    if replace(then, interval_seconds=now.interval_seconds) != now:
        _decide_anew(locked)
    _as_wanted(pipeline, then)


def _decide_anew(pipeline: Pipeline) -> None:
    """Everything is read once more under the new rules; a paused pipeline does it when it goes on."""
    if pipeline.state == LIVE:
        request_run(actor=SYSTEM, pipeline=pipeline, kind="full", trigger="schedule")
    elif pipeline.state == PAUSED:
        Run.objects.get_or_create(
            pipeline=pipeline, kind="full", state="queued", dry=False, defaults={"trigger": "schedule"}
        )


def _cover(pipeline: Pipeline, entities: Sequence[tuple[UUID, str, str]]) -> None:
    PipelineEntity.objects.filter(pipeline=pipeline).delete()
    for entity, source, target in entities:
        PipelineEntity.objects.create(pipeline=pipeline, entity_id=entity, source_company=source, target_company=target)


@change_kind(
    CHANGE,
    label="Change a live pipeline",
    deciders=(Role.OWNER, Role.PARTNER_ADMIN, Role.APPROVER, Role.CUSTOMER_CONTROLLER),
)
def apply_change(change: ChangeRequest, actor: Actor) -> None:
    """The pipeline goes by the new rules; every record is decided anew under them."""
    pipeline = Pipeline.objects.get(pk=change.subject_id)
    now, then = Rules.of(pipeline), Rules.of_plain(change.payload["then"])
    if now.plain() != change.payload["now"]:
        raise SubjectChanged(MOVED)
    _apply(actor, pipeline, now, then, change.reason)
