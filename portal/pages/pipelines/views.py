"""Pipelines: whether they run, what waits, and the few verbs on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance.selectors import open_changes
from portal.pages.changes.present import card
from portal.pages.pipelines.present import rows
from portal.pages.runs.present import run_row
from portal.pages.words import RECORD, problem, tag_of
from portal.shell.access import actor_of, needs, person_of
from portal.shell.page import page
from portal.shell.scope import one, pipelines_within
from portal.shell.verbs import attempt
from sync.desk import live
from sync.links.selectors import open_records
from sync.pipelines.models import Pipeline
from sync.pipelines.services import pause
from sync.pipelines.states import DOMAINS
from sync.runs.models import Run
from sync.runs.services import request_run
from tenancy.accounts.selectors import Reach, may
from tenancy.customers.selectors import customers_for

VERBS = ("runs.start", "pipelines.manage", "changes.request")


@require_safe
@needs("pipelines.view")
def pipelines(request: HttpRequest, reach: Reach) -> HttpResponse:
    """All pipelines in reach, by customer."""
    customer, found = request.GET.get("customer", ""), pipelines_within(reach)
    chosen = found.filter(customer__code=customer) if customer else found
    context = {
        "rows": rows(list(chosen.order_by("customer__name", "name", "pk"))),
        "customers": list(customers_for(person_of(request), "pipelines.view")),
        "customer": customer,
    }
    return page(request, "pipelines/list.html", context)


@require_safe
@needs("pipelines.view")
def pipeline(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """One pipeline: its state, its last runs, what it is made of."""
    found = one(pipelines_within(reach).select_related("mapping_in__mapping", "mapping_out__mapping"), pk)
    return page(request, "pipelines/one.html", _about(request, found))


def _about(request: HttpRequest, found: Pipeline) -> dict[str, Any]:
    actor = actor_of(request)
    runs = Run.objects.filter(pipeline=found).order_by("-pk")[:10]
    waiting_change = open_changes(subject_id=found.pk).select_related("decision", "customer").first()
    checklist = live.checklist(found) if found.state == "matching" else {}
    return {
        "row": rows([found])[0],
        "pipeline": found,
        "domain": DOMAINS[found.domain],
        "entities": list(found.entities.select_related("entity")),
        "policies": [problem(code) for code in found.policies],
        "runs": [run_row(run) for run in runs],
        "out_of_step": [(tag_of(RECORD, state), n) for state, n in open_records(found.pk).items()],
        "gaps": live.gaps(found, checklist) if checklist else [],
        "card": card(waiting_change, actor) if waiting_change else None,
        "may": {verb.replace(".", "_") for verb in VERBS if may(actor, verb, customer_id=found.customer_id)},
    }


@require_POST
@needs("runs.start")
def start_run(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """Asks for a run and goes to it."""
    found = one(pipelines_within(reach), pk)
    kind = request.POST.get("kind", "")
    run = attempt(
        request,
        lambda: request_run(
            actor=actor_of(request),
            pipeline=found,
            kind=kind if kind in ("full", "incremental", "replay") else "incremental",
            dry="dry" in request.POST,
            since=_since(request) if kind == "replay" else None,
        ),
        done=_("Asked for. It starts within a moment."),
    )
    return HttpResponseRedirect(reverse("runs:one", args=[run.pk]) if run else _address(pk))


@require_POST
@needs("pipelines.manage")
def pause_pipeline(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """Stops reading and writing until somebody goes on."""
    found = one(pipelines_within(reach), pk)
    because = request.POST.get("because", "").strip()[:500] or _("No reason was given.")
    attempt(
        request,
        lambda: pause(actor=actor_of(request), pipeline=found, because=because),
        done=_("Paused. Nothing is read or written until somebody goes on."),
    )
    return HttpResponseRedirect(_address(pk))


@require_POST
@needs("pipelines.manage")
def go_on(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """Ends a pause."""
    found = one(pipelines_within(reach), pk)
    attempt(request, lambda: live.go_on(actor=actor_of(request), pipeline=found), done=_("It runs again."))
    return HttpResponseRedirect(_address(pk))


@require_POST
@needs("changes.request")
def ask_go_live(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """Asks a second person to take the pipeline live."""
    found = one(pipelines_within(reach), pk)
    reason = request.POST.get("reason", "").strip()[:2000]
    attempt(
        request,
        lambda: live.ask_go_live(actor=actor_of(request), pipeline=found, reason=reason),
        done=_("Asked for. A second person has to say yes."),
    )
    return HttpResponseRedirect(_address(pk))


def _since(request: HttpRequest) -> datetime | None:
    """The moment typed, in UTC where no zone was named."""
    moment = parse_datetime(request.POST.get("since", ""))
    return make_aware(moment) if moment and is_naive(moment) else moment


def _address(pk: UUID) -> str:
    return reverse("pipelines:one", args=[pk])
