"""The gate to every object: what lies outside a person's reach does not exist for them."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404

from governance.models import ChangeRequest
from sync.links.models import RecordState
from sync.pipelines.models import Pipeline, PipelineEntity
from sync.runs.models import Run, WorkItem
from tenancy.accounts.selectors import Reach

M = TypeVar("M", bound=Model)


def one(rows: QuerySet[M], pk: UUID) -> M:
    """The row, or 404: the same answer for what does not exist and what is somebody else's."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def pipelines_within(reach: Reach) -> QuerySet[Pipeline]:
    """Pipelines of customers in reach, or that cover an entity in reach."""
    rows = Pipeline.objects.select_related("customer", "source", "target")
    return rows.filter(_mine(reach, "customer_id", Q(_covering(reach, "pk"))))


def runs_within(reach: Reach) -> QuerySet[Run]:
    """Runs of pipelines in reach."""
    rows = Run.objects.select_related("pipeline__customer", "pipeline__source", "pipeline__target")
    return rows.filter(_mine(reach, "pipeline__customer_id", Q(_covering(reach, "pipeline_id"))))


def items_within(reach: Reach) -> QuerySet[WorkItem]:
    """Items of customers in reach; with a grant on an entity, those of its records and of shared ones."""
    rows = WorkItem.objects.select_related("pipeline__customer", "record__landing")
    return rows.filter(_mine(reach, "customer_id", _own_records(reach, "record__landing__company")))


def records_within(reach: Reach) -> QuerySet[RecordState]:
    """Records of customers in reach; with a grant on an entity, its own and shared ones."""
    rows = RecordState.objects.select_related("landing__connection", "pipeline__customer", "link")
    return rows.filter(_mine(reach, "pipeline__customer_id", _own_records(reach, "landing__company")))


def changes_within(reach: Reach) -> QuerySet[ChangeRequest]:
    """Requests about customers in reach; those about no customer are the partner's own."""
    rows = ChangeRequest.objects.select_related("decision", "customer")
    return rows if reach.everything else rows.filter(customer_id__in=reach.customers)


def _mine(reach: Reach, customer: str, by_entity: Q) -> Q:
    if reach.everything:
        return Q()
    by_customer = Q(**{f"{customer}__in": reach.customers})
    return by_customer | by_entity if reach.entities else by_customer


def _covering(reach: Reach, pipeline: str) -> Exists:
    return Exists(PipelineEntity.objects.filter(pipeline_id=OuterRef(pipeline), entity_id__in=reach.entities))


def _own_records(reach: Reach, company: str) -> Q:
    covered = PipelineEntity.objects.filter(pipeline_id=OuterRef("pipeline_id"), entity_id__in=reach.entities)
    return Q(Exists(covered.filter(source_company=OuterRef(company)))) | (Q(**{company: ""}) & Q(Exists(covered)))
