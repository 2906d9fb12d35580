"""Fetch, then render: pages get everything before the template starts, and a template that asks the database fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from portal.brand.look import current_look
from portal.shell.assets import import_map
from portal.shell.navigation import initials, navigation
from tenancy.accounts.models import User
from tenancy.accounts.roles import Role
from tenancy.accounts.selectors import roles_of

THEMES = ("light", "dark")


class QueryInTemplate(RuntimeError):
    """A template asked the database; the view has to fetch that before it renders."""


def page(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A whole page in the shell."""
    return HttpResponse(rendered(request, template, {**shell(request), **context}), status=status)


def fragment(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A piece of a page for htmx; status 286 ends polling."""
    return HttpResponse(rendered(request, template, context), status=status)


def rendered(request: HttpRequest, template: str, context: Mapping[str, Any]) -> str:
    """The template's text, made without a single query."""
    values = {**context, "csrf": get_token(request)}
    with connection.execute_wrapper(_refuse):
        return render_to_string(template, values)


def shell(request: HttpRequest) -> dict[str, Any]:
    """What the frame of a page shows; works without a signed-in person."""
    theme = request.COOKIES.get("theme", "")
    return {
        "look": current_look(),
        "theme": theme if theme in THEMES else "",
        "import_map": mark_safe(import_map()),  # noqa: S308 - our own file names, named by digest in the policy
        "notices": list(messages.get_messages(request)) if hasattr(request, "_messages") else [],
        "path": request.path,
        **_person(request),
    }


def _person(request: HttpRequest) -> dict[str, Any]:
    user: User | AnonymousUser = getattr(request, "user", AnonymousUser())
    if not isinstance(user, User) and not user.is_authenticated:
        return {"person": None, "navigation": []}
    roles = roles_of(user)
    return {
        "person": {
            "name": str(user),
            "email": user.email,
            "initials": initials(user),
            "roles": sorted(Role(role).label for role in roles),
        },
        "navigation": navigation(roles, request.path),
    }


def _refuse(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
    raise QueryInTemplate(f"The template ran a query: {sql[:200]}")
