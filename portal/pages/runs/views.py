"""Runs: the list, and one with live progress."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.pages.runs.present import entry_row, progress, run_row
from portal.pages.words import OUTCOME, RUN
from portal.shell.access import actor_of, needs, person_of
from portal.shell.page import fragment, page
from portal.shell.paging import newest
from portal.shell.scope import one, pipelines_within, runs_within
from portal.shell.verbs import attempt
from sync.runs import services
from sync.runs.models import RunEntry
from tenancy.accounts.selectors import Reach, may

STOP_POLLING = 286  # htmx: swap this in and ask no more


@require_safe
@needs("runs.view")
def runs(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Newest first, narrowed by pipeline and state."""
    pipeline, state = request.GET.get("pipeline", ""), request.GET.get("state", "")
    found = runs_within(reach)
    found = found.filter(state=state) if state in RUN else found
    choices = list(pipelines_within(reach).order_by("customer__name", "name"))
    chosen = next((one for one in choices if str(one.pk) == pipeline), None)
    part = newest(request, found.filter(pipeline=chosen) if chosen else found)
    context = {
        "part": part,
        "rows": [run_row(run) for run in part.rows],
        "pipelines": choices,
        "pipeline": chosen,
        "states": RUN.items(),
        "state": state,
    }
    return page(request, "runs/list.html", context)


@require_safe
@needs("runs.view")
def run(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """One run: progress, balance, and the records it decided on."""
    found = one(runs_within(reach), pk)
    outcome = request.GET.get("outcome", "")
    entries = RunEntry.objects.filter(run=found).select_related("landing", "record")
    part = newest(request, entries.filter(outcome=outcome) if outcome in OUTCOME else entries)
    sees_records = may(person_of(request), "records.view", customer_id=found.pipeline.customer_id)
    context = {
        "run": found,
        "progress": progress(found),
        "part": part,
        "entries": [entry_row(entry) for entry in part.rows] if sees_records else [],
        "sees_records": sees_records,
        "outcome": outcome,
        "may_resume": may(person_of(request), "runs.start", customer_id=found.pipeline.customer_id),
    }
    return page(request, "runs/one.html", context)


@require_safe
@needs("runs.view")
def run_progress(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """The moving part alone; the answer that ends the run also ends the asking."""
    now = progress(one(runs_within(reach), pk))
    return fragment(request, "runs/progress.html", {"progress": now}, status=200 if now.live else STOP_POLLING)


@require_POST
@needs("runs.start")
def resume(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """Goes on with a run that stopped for a person."""
    found = one(runs_within(reach), pk)
    attempt(
        request,
        lambda: services.resume(actor=actor_of(request), run_id=found.pk),
        done=_("It goes on from where it stopped."),
    )
    return HttpResponseRedirect(reverse("runs:one", args=[pk]))
