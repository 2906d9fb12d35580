"""Doing what a form asked for: a refusal of the domain becomes a sentence on the page, nothing else is caught."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from governance.services import DecisionRefused
from sync.desk.held import NotReleasable
from sync.pipelines.services import PipelineRefused
from sync.runs.services import RunRefused

REFUSALS = (DecisionRefused, NotReleasable, PermissionDenied, PipelineRefused, RunRefused)
T = TypeVar("T")


def attempt(request: HttpRequest, act: Callable[[], T], *, done: str) -> T | None:
    """What `act` answered, or None where the domain refused; either way the person is told."""
    try:
        answer = act()
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        return None
    messages.success(request, done)
    return answer


def back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """To the page the form was on; never to another host."""
    wanted = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if safe else otherwise)
