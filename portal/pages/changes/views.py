"""What waits for a second person, and what was decided."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance import services
from portal.pages.changes.present import card
from portal.shell.access import actor_of, needs
from portal.shell.page import page
from portal.shell.paging import newest
from portal.shell.scope import changes_within, one
from portal.shell.verbs import attempt, back
from tenancy.accounts.selectors import Reach
from tenancy.clock import db_now


@require_safe
@needs("changes.view")
def changes(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Open requests, or all of them."""
    everything = request.GET.get("show") == "all"
    rows = changes_within(reach)
    part = newest(request, rows if everything else rows.open(db_now()))
    actor = actor_of(request)
    return page(
        request, "changes/list.html", {"part": part, "cards": [card(c, actor) for c in part.rows], "all": everything}
    )


@require_safe
@needs("changes.view")
def change(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """One request with what was shown."""
    found = one(changes_within(reach), pk)
    return page(request, "changes/one.html", {"card": card(found, actor_of(request))})


@require_POST
@needs("changes.view")
def decide(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """Yes or no, pinned to what was on the screen."""
    found = one(changes_within(reach), pk)
    approve = request.POST.get("answer") == "approve"
    attempt(
        request,
        lambda: services.decide(
            actor=actor_of(request),
            change_request_id=found.pk,
            approve=approve,
            comment=request.POST.get("comment", "")[:2000],
            shown_digest=request.POST.get("shown", ""),
        ),
        done=_("Approved. It takes effect now.") if approve else _("Refused. Nothing was changed."),
    )
    return back(request, reverse("changes:one", args=[pk]))


@require_POST
@needs("changes.view")
def withdraw(request: HttpRequest, reach: Reach, pk: UUID) -> HttpResponse:
    """Takes back one's own request."""
    found = one(changes_within(reach), pk)
    attempt(
        request,
        lambda: services.withdraw(actor=actor_of(request), change_request_id=found.pk),
        done=_("Withdrawn. Nothing was changed."),
    )
    return back(request, reverse("changes:one", args=[pk]))
