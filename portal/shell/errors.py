"""Pages for what went wrong: branded, plain, and silent about what they run on."""

from __future__ import annotations

import logging
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from portal.shell.page import page

log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _page(request, 400, _("This request cannot be understood"), _("Go back and try again."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403, with the reason where one was given in words."""
    reason = str(exception) or _("Your role does not allow this. Ask an owner if you need it.")
    return _page(request, 403, _("You cannot do this"), reason)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was not made by this site, or is too old."""
    return _page(request, 403, _("This form is no longer valid"), _("Go back, reload the page and send it again."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, the same for what does not exist and what is not yours to see."""
    return _page(request, 404, _("There is nothing here"), _("The address is wrong, or what it showed is gone."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500. Must not fail itself: without a database the page has no brand."""
    sentence = _("We have noted what happened. Try again in a moment; nothing you saved is lost.")
    try:
        return _page(request, 500, _("Something went wrong here"), sentence)
    except (Error, RuntimeError):
        log.exception("the page for a failure failed as well")
        return HttpResponse(render_to_string("errors/bare.html", {"sentence": sentence}), status=500)


def _page(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    context: dict[str, Any] = {"title": title, "sentence": sentence, "status": status}
    return page(request, "errors/error.html", context, status=status)
