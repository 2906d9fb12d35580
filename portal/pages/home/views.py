"""The start page: does it run, what waits, how much money is held."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.shell.access import needs
from portal.shell.page import page
from tenancy.accounts.selectors import Reach


@require_safe
@needs("status.view")
def home(request: HttpRequest, reach: Reach) -> HttpResponse:
    """What a person sees first."""
    return page(request, "home/home.html", {})
