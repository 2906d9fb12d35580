"""The gate in front of every page: signed in, and holding the page's capability somewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from tenancy.accounts.actors import Actor
from tenancy.accounts.models import User
from tenancy.accounts.selectors import Reach, reach

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Reach, P], HttpResponse]
OPEN = "everybody"


def needs(capability: str) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """Calls `view(request, reach, …)` with how far the person's grants carry the capability.

    Nobody signed in: to the sign-in page and back. Signed in without it: 403.
    """

    def guard(view: View[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            within = reach(person_of(request), capability)
            if not within:
                raise PermissionDenied(_("Your role does not include this page. Ask an owner if you need it."))
            return view(request, within, *args, **kwargs)

        guarded.capability = capability  # type: ignore[attr-defined]  # read by the test of all routes
        return guarded

    return guard


def open_to_everybody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Says on purpose that a view needs nobody signed in."""
    view.capability = OPEN  # type: ignore[attr-defined]  # read by the test of all routes
    return view


def person_of(request: HttpRequest) -> User:
    """The signed-in person."""
    user: Any = request.user
    assert user.is_authenticated
    return user


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in person as services want to have it."""
    return Actor.of(person_of(request))


def within(reach: Reach, *, customer: str = "customer_id", entity: str = "") -> Q:
    """A filter that keeps the rows within reach; `customer` and `entity` are look-up paths to their ids."""
    if reach.everything:
        return Q()
    rows = Q(**{f"{customer}__in": reach.customers})
    return rows | Q(**{f"{entity}__in": reach.entities}) if entity and reach.entities else rows


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    target = f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}"
    if request.headers.get("HX-Request"):  # a fragment cannot be a sign-in page: the whole page has to go there
        return HttpResponse(status=204, headers={"HX-Redirect": settings.LOGIN_URL})
    return HttpResponseRedirect(target)
