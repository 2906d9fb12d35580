"""What is held, why, how much money waits, and how it goes on."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.pages.changes.present import card
from portal.pages.held.present import asked_items, detail, heaps, held_money, request_for, rows
from portal.pages.words import problem
from portal.shell.access import actor_of, needs, person_of
from portal.shell.page import page
from portal.shell.paging import by_moment
from portal.shell.scope import items_within, one
from portal.shell.verbs import attempt
from sync.desk import held
from sync.runs.models import WorkItem
from tenancy.accounts.selectors import Reach, may
from tenancy.customers.selectors import customers_for


@require_safe
@needs("items.view")
def items(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Oldest first, narrowed by customer and problem."""
    tab, code, customer = (request.GET.get(name, "") for name in ("tab", "code", "customer"))
    mine = items_within(reach)
    mine = mine.filter(pipeline__customer__code=customer) if customer else mine
    shown = _of_tab(mine.filter(code=code) if code else mine, tab)
    part = by_moment(request, shown, "opened_at", oldest=tab != "closed")
    found = heaps(mine)
    context = {
        "part": part,
        "rows": rows(part.rows),
        "heaps": found,
        "total": sum(heap.count for heap in found),
        "money": held_money(found),
        "tab": tab or "open",
        "code": code,
        "problem": problem(code) if code else "",
        "customers": list(customers_for(person_of(request), "items.view")),
        "customer": customer,
    }
    return page(request, "held/list.html", context)


def _of_tab(found: QuerySet[WorkItem], tab: str) -> QuerySet[WorkItem]:
    if tab == "closed":
        return found.exclude(state="open")
    return found.filter(state="open", pk__in=asked_items()) if tab == "asked" else found.filter(state="open")


@require_safe
@needs("items.view")
def item(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """One item: the problem in words, the evidence, and what can be done."""
    found = one(items_within(reach).select_related("record__link", "record__pipeline__source", "run"), pk)
    actor, asked = actor_of(request), request_for(found.pk)
    verbs = ("items.release", "items.work")
    context = {
        "item": found,
        "detail": detail(found, asked is not None and asked.state == "open"),
        "card": card(asked, actor) if asked else None,
        "may": {verb.replace(".", "_") for verb in verbs if may(actor, verb, customer_id=found.customer_id)},
    }
    return page(request, "held/one.html", context)


@require_POST
@needs("items.release")
def ask_release(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """Asks a second person to let it pass."""
    comment = request.POST.get("comment", "").strip()[:2000]
    return _act(
        request,
        one(items_within(reach), pk),
        lambda found: held.ask_release(actor=actor_of(request), item_id=found.pk, comment=comment),
        _("Asked for. It goes on when a second person has agreed."),
    )


@require_POST
@needs("items.work")
def retry(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """Takes the record again from its source."""
    found = one(items_within(reach).select_related("record__pipeline"), pk)
    return _act(
        request,
        found,
        lambda found: held.retry(actor=actor_of(request), records=[found.record] if found.record else []),
        _("It is taken again from its source within a moment."),
    )


@require_POST
@needs("items.work")
def acknowledge(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """Notes that somebody looks into it."""
    return _act(
        request,
        one(items_within(reach), pk),
        lambda found: held.acknowledge(actor=actor_of(request), item_id=found.pk),
        _("Noted: you look into it."),
    )


def _act(request: HttpRequest, found: WorkItem, verb: Callable[[WorkItem], object], done: str) -> HttpResponse:
    attempt(request, lambda: verb(found), done=done)
    return HttpResponseRedirect(reverse("held:one", args=[found.pk]))
