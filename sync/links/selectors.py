"""Who stands for whom on the other side, answered for many records at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Count, Q

from sync.links.models import Landing, Link, RecordState, Wait


def counterparts(
    here: UUID, there: UUID, wanted: Iterable[tuple[str, str]], *, company: str | None = None
) -> dict[tuple[str, str], str]:
    """(object, id here) → id there, for active links in either direction. Two queries, whatever the number.

    `company`: as the system here calls it; ids may mean something else in another company. Shared records always count.
    """
    wanted = set(wanted)
    if not wanted:
        return {}
    ids, objects = {i for _, i in wanted}, {o for o, _ in wanted}
    links = Link.objects.filter(active=True, object__in=objects)
    ahead = links.filter(source=here, target=there, source_external_id__in=ids)
    back = links.filter(source=there, target=here, target_external_id__in=ids)
    if company is not None:
        ahead = ahead.filter(company__in=["", company])
        back = back.filter(Q(company="") | Q(target_company=company))
    found = {(o, t): s for o, t, s in back.values_list("object", "target_external_id", "source_external_id")}
    found |= {(o, s): t for o, s, t in ahead.values_list("object", "source_external_id", "target_external_id")}
    return {key: value for key, value in found.items() if key in wanted}


def links_of(source: UUID, target: UUID, obj: str, company: str, ids: Collection[str]) -> dict[str, Link]:
    """Source id → active link."""
    found = Link.objects.filter(
        active=True, source=source, target=target, object=obj, company=company, source_external_id__in=ids
    )
    return {link.source_external_id: link for link in found}


def linked_ids(connection_id: UUID, obj: str) -> set[str]:
    """Ids of one connection that already have an active link, on whichever side it stands."""
    links = Link.objects.filter(active=True, object=obj)
    ahead = links.filter(source=connection_id).values_list("source_external_id", flat=True)
    return set(ahead) | set(links.filter(target=connection_id).values_list("target_external_id", flat=True))


def by_correlation(correlation_id: str) -> tuple[Landing | None, list[Link]]:
    """The landing and the links of one record's journey."""
    landing = Landing.objects.filter(correlation_id=correlation_id).first()
    return landing, list(Link.objects.filter(correlation_id=correlation_id).order_by("created_at"))


def waiting_for(connection_id: UUID, obj: str, ids: Collection[str]) -> list[RecordState]:
    """Records that wait for one of these parents. Mostly there are none, which one cheap query tells."""
    waits = Wait.objects.filter(connection_id=connection_id, object=obj, external_id__in=ids)
    records = set(waits.values_list("record_id", flat=True))
    found = RecordState.objects.filter(pk__in=records, state="waiting").select_related("landing", "pipeline")
    return list(found) if records else []


def open_records(pipeline_id: UUID) -> dict[str, int]:
    """How many records of a pipeline are not in step, by state."""
    found = RecordState.objects.filter(pipeline=pipeline_id, state__in=RecordState.OPEN)
    return dict(found.values_list("state").annotate(n=Count("id")).order_by())
