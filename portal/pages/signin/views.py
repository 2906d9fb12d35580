"""Signing in and out of one partner's portal. The session lives in that partner's schema."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from governance.services import record_audit
from portal.pages.signin.forms import SignInForm
from portal.shell.access import actor_of, open_to_everybody
from portal.shell.page import page


@open_to_everybody
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Shows the form; with the right password goes on to where the person wanted to go."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(_target(request))
    if request.method != "POST":
        return _form(request, SignInForm())
    form = SignInForm(request.POST)
    user = form.is_valid() and authenticate(
        request, username=form.cleaned_data["email"].lower(), password=form.cleaned_data["password"]
    )
    if not user:
        return _form(request, form, wrong=_("This e-mail address and password do not belong together."), status=422)
    login(request, user)
    record_audit(actor=actor_of(request), action="session.signed_in", object_type="user", object_id=user.pk, data={})
    return HttpResponseRedirect(_target(request))


@open_to_everybody
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forgets the session on this device."""
    logout(request)
    return HttpResponseRedirect(settings.LOGOUT_REDIRECT_URL)


def paused(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    """The answer while too many wrong passwords are being waited out."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    sentence = _("Too many wrong passwords. Wait %(minutes)s minutes and try again.") % {"minutes": minutes}
    return _form(request, SignInForm(request.POST), wrong=sentence, status=429)


def _form(request: HttpRequest, form: SignInForm, *, wrong: str = "", status: int = 200) -> HttpResponse:
    fields = [(form["email"], "username"), (form["password"], "current-password")]
    context = {"fields": fields, "wrong": wrong, "next": _target(request)}
    return page(request, "signin/sign_in.html", context, status=status)


def _target(request: HttpRequest) -> str:
    """Where to go after signing in; never to another host."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else settings.LOGIN_REDIRECT_URL
