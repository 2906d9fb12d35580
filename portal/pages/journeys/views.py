"""A record's journey on one page: both systems' values, what was sent, what came back, who touched it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.pages.journeys.events import events, raw
from portal.pages.journeys.sides import pairs
from portal.pages.words import OBJECT, RECORD, called, tag_of
from portal.shell.access import needs
from portal.shell.page import page
from portal.shell.scope import records_within
from sync.links.models import Body, Landing, RecordState
from sync.links.selectors import by_correlation
from tenancy.accounts.selectors import Reach

SHOWN = 40


@require_safe
@needs("records.view")
def find(request: HttpRequest, reach: Reach) -> HttpResponse:
    """By number, name or correlation id; without words, what was decided last."""
    words = request.GET.get("q", "").strip()[:120]
    found = records_within(reach)
    exact = words and found.filter(landing__correlation_id=words).first()
    if exact:
        return HttpResponseRedirect(reverse("journeys:one", args=[exact.landing.correlation_id]))
    if words:
        found = found.filter(Q(landing__external_id=words) | Q(landing__label__icontains=words))
    records = found.order_by("-changed_at", "-pk") if words else found.order_by("-pk")
    rows = [(one, called(OBJECT, one.landing.object), tag_of(RECORD, one.state)) for one in records[:SHOWN]]
    return page(request, "journeys/find.html", {"rows": rows, "words": words, "more": len(rows) == SHOWN})


@require_safe
@needs("records.view")
def journey(request: HttpRequest, reach: Reach, correlation_id: str) -> HttpResponse:
    """One record over all steps and systems."""
    mine = records_within(reach).select_related(
        "pipeline__source", "pipeline__target", "pipeline__mapping_in__mapping", "pipeline__mapping_out__mapping"
    )
    records = list(mine.filter(landing__correlation_id=correlation_id))
    if not records:
        raise Http404
    return page(request, "journeys/one.html", _told(records[0].landing, records))


def _told(landing: Landing, records: list[RecordState]) -> dict[str, Any]:
    links = by_correlation(landing.correlation_id)[1]
    link = next((one for one in links if one.active), None) or records[0].link
    body = Body.objects.filter(pk=landing.body_id).first() if landing.body_id else None
    return {
        "landing": landing,
        "object": called(OBJECT, landing.object),
        "records": [(record, tag_of(RECORD, record.state)) for record in records],
        "pipeline": records[0].pipeline,
        "link": link,
        "pairs": pairs(landing.object, landing.canonical or {}, link.target_base if link else None),
        "events": events(landing, records, links),
        "body": raw(landing.connection, landing.object, body.content) if body else "",
    }
