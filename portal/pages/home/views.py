"""The start page: does it run, what waits, how much money is held."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from portal.pages.changes.present import card
from portal.pages.held.present import heaps, held_money
from portal.pages.held.present import rows as item_rows
from portal.pages.pipelines.present import Row, rows
from portal.shell.access import actor_of, needs, person_of
from portal.shell.page import page
from portal.shell.scope import changes_within, items_within, pipelines_within, runs_within
from tenancy.accounts.selectors import Reach, reach
from tenancy.clock import db_now


@require_safe
@needs("status.view")
def home(request: HttpRequest, within: Reach) -> HttpResponse:
    """What a person sees first."""
    pipelines = rows(list(pipelines_within(within).order_by("customer__name", "name", "pk")))
    context: dict[str, Any] = {"rows": pipelines, "verdict": verdict(pipelines), "runs": _runs_of_a_day(within)}
    if held := reach(person_of(request), "items.view"):
        mine = items_within(held)
        found = heaps(mine)
        context |= {
            "heaps": found[:6],
            "held_count": sum(heap.count for heap in found),
            "held_money": held_money(found),
            "oldest": item_rows(mine.filter(state="open").order_by("opened_at", "-pk")[:6]),
        }
    if decided := reach(person_of(request), "changes.view"):
        actor, now = actor_of(request), db_now()
        mine_to_see = changes_within(decided).open(now).order_by("-pk")[:20]
        context["to_decide"] = [one for one in (card(change, actor) for change in mine_to_see) if one.may_decide]
    return page(request, "home/home.html", context)


def verdict(pipelines: list[Row]) -> tuple[str, str]:
    """(tone, one sentence) on whether all is well."""
    stopped = sum(row.run is not None and row.run.state in ("failed", "stopped") for row in pipelines)
    paused = sum(row.pipeline.state == "paused" for row in pipelines)
    live = sum(row.pipeline.state == "live" for row in pipelines)
    if stopped:
        text = ngettext(
            "%(n)s pipeline has stopped and needs a person.", "%(n)s pipelines have stopped and need a person.", stopped
        )
        return "bad", text % {"n": stopped}
    if paused:
        return "warn", ngettext("%(n)s pipeline is paused.", "%(n)s pipelines are paused.", paused) % {"n": paused}
    if live:
        return "ok", _("Everything runs.")
    return "quiet", _("Nothing is live yet.")


def _runs_of_a_day(within: Reach) -> dict[str, int]:
    recent = runs_within(within).filter(created_at__gte=db_now() - timedelta(days=1), dry=False)
    return recent.aggregate(
        total=Count("pk"),
        failed=Count("pk", filter=Q(state__in=("failed", "stopped"))),
        working=Count("pk", filter=Q(state__in=("queued", "working"))),
    )
