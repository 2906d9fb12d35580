"""What every page carries: the partner's look, strict headers, and nobody else's name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from portal.middleware import security_headers
from portal.shell.access import OPEN
from portal.shell.errors import not_found
from portal.shell.page import QueryInTemplate, rendered
from portal.urls import urlpatterns
from tenancy.accounts.actors import SYSTEM
from tenancy.accounts.models import User
from tenancy.brand.services import set_brand
from tenancy.context import public_context

NAMES_OF_OURS = re.compile(rb"isthmus|django|tryton|gunicorn|python|postgres", re.IGNORECASE)
PASSWORD = "correct horse battery"


@pytest.fixture
def owner(tenant: Any, person: Callable[..., User]) -> User:
    set_brand(actor=SYSTEM, name="Harbour & Sons", colour="#facc15")
    return person("owner", email="owner@example.com")


def sign_in(client: Client, email: str = "owner@example.com", password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post("/sign-in/", {"email": email, "password": password, **more})


# ------------------------------------------------------------------------------------------------------ signing in
def test_a_person_signs_in_with_the_right_password_and_lands_where_they_wanted(tclient: Client, owner: User) -> None:
    assert tclient.get("/?x=1").headers["Location"] == "/sign-in/?next=%2F%3Fx%3D1"
    answer = sign_in(tclient, email="Owner@Example.com", next="/?x=1")
    assert answer.headers["Location"] == "/?x=1"
    assert b"Overview" in tclient.get("/").content


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"])
def test_signing_in_never_leads_to_another_host(tclient: Client, owner: User, elsewhere: str) -> None:
    assert sign_in(tclient, next=elsewhere).headers["Location"] == "/"


@pytest.mark.parametrize(("email", "password"), [("owner@example.com", "wrong"), ("nobody@example.com", PASSWORD)])
def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(
    tclient: Client, owner: User, email: str, password: str
) -> None:
    answer = sign_in(tclient, email=email, password=password)
    assert answer.status_code == 422
    assert b"do not belong together" in answer.content
    assert password.encode() not in answer.content
    assert tclient.get("/").status_code == 302


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(tclient: Client, owner: User) -> None:
    codes = [sign_in(tclient, password="wrong").status_code for _ in range(5)]
    assert codes == [422, 422, 422, 422, 429]
    answer = sign_in(tclient)
    assert answer.status_code == 429
    assert b"Wait 5 minutes" in answer.content


def test_somebody_elses_wrong_passwords_lock_nobody_else_out(tclient: Client, owner: User) -> None:
    for _ in range(6):
        sign_in(tclient, email="colleague@example.com", password="wrong")
    assert sign_in(tclient).status_code == 302


def test_signing_out_ends_the_session(tclient: Client, owner: User) -> None:
    sign_in(tclient)
    assert tclient.post("/sign-out/").status_code == 302
    assert tclient.get("/").status_code == 302


def test_a_session_of_one_partner_means_nothing_to_another(tclient: Client, owner: User, other_tenant: Any) -> None:
    sign_in(tclient)
    stranger = type(tclient)(headers={"host": f"{other_tenant.schema_name}.testserver"})
    stranger.cookies = tclient.cookies
    assert stranger.get("/").headers["Location"].startswith("/sign-in/")


def test_a_locked_out_person_is_signed_out_at_once(tclient: Client, owner: User) -> None:
    sign_in(tclient)
    owner.is_active = False
    owner.save()
    assert tclient.get("/").status_code == 302


# ------------------------------------------------------------------------------------------------------------ brand
def test_the_partners_name_colour_and_icon_are_on_the_page(tclient: Client, owner: User) -> None:
    body = tclient.get("/sign-in/").content.decode()
    assert "Sign in · Harbour &amp; Sons" in body
    address = re.search(r"/brand/\w{16}\.css", body)[0]
    answer = tclient.get(address)
    assert "--accent:light-dark(#facc15," in answer.content.decode()
    assert "immutable" in answer.headers["Cache-Control"]
    icon = tclient.get(re.search(r"/brand/\w{16}\.svg", body)[0])
    assert icon.headers["Content-Type"] == "image/svg+xml"
    assert b">H</text>" in icon.content


def test_an_outdated_address_of_the_look_is_gone(tclient: Client, owner: User) -> None:
    assert tclient.get("/brand/0123456789abcdef.css").status_code == 404
    assert tclient.get("/brand/logo/0123456789abcdef").status_code == 404


# ---------------------------------------------------------------------------------------------------------- headers
@pytest.mark.parametrize("path", ["/sign-in/", "/", "/nowhere/", "/brand/0123456789abcdef.css"])
def test_every_answer_has_a_strict_policy_and_names_nobody_of_ours(tclient: Client, owner: User, path: str) -> None:
    answer = tclient.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Server" not in answer.headers
    assert not NAMES_OF_OURS.search(answer.content.replace(b"/static/django_htmx/", b""))
    assert not NAMES_OF_OURS.search(str(answer.headers).encode())


def test_pages_are_not_kept_by_any_cache(tclient: Client, owner: User) -> None:
    assert tclient.get("/sign-in/").headers["Cache-Control"].find("no-") >= 0
    sign_in(tclient)
    assert tclient.get("/").headers["Cache-Control"] == "no-store"


def test_a_view_that_says_how_it_may_be_cached_is_left_alone() -> None:
    answer = security_headers(lambda _: HttpResponse(headers={"Cache-Control": "public"}))(RequestFactory().get("/"))
    assert answer.headers["Cache-Control"] == "public"


# ----------------------------------------------------------------------------------------------------- static files
def assets_of(client: Client, path: str) -> dict[str, HttpResponse]:
    """Everything the page at `path` fetches, with what the stylesheets and the import map name."""
    body = client.get(path).content.decode()
    named = set(re.findall(r'(?:href|src)="(/(?:static|brand)/[^"]+)"', body))
    named |= set(json.loads(re.search(r'<script type="importmap">(.*?)</script>', body)[1])["imports"].values())
    named |= set(re.findall(r'url\("([^"]+)"', client.get(next(filter(_is_brand, named))).content.decode()))
    return {address: client.get(address) for address in named}


def _is_brand(address: str) -> bool:
    return address.startswith("/brand/") and address.endswith(".css")


def test_every_file_of_a_page_may_be_kept_for_ever_and_the_first_visit_is_small(tclient: Client, owner: User) -> None:
    assets = assets_of(tclient, "/sign-in/")
    sizes = {address: len(b"".join(answer)) for address, answer in assets.items() if "latin-ext" not in address}
    assert {answer.status_code for answer in assets.values()} == {200}
    assert all("max-age=31536000" in answer.headers["Cache-Control"] for answer in assets.values())
    assert all("?v=" in address for address in assets if address.startswith("/static/"))
    assert any("inter-latin.woff2" in address for address in sizes)
    assert sum(sizes.values()) <= 150_000, sizes


# ----------------------------------------------------------------------------------------------------------- errors
def test_what_does_not_exist_is_said_in_the_partners_look(tclient: Client, owner: User) -> None:
    answer = tclient.get("/nowhere/")
    assert answer.status_code == 404
    assert b"Harbour &amp; Sons" in answer.content
    assert b"There is nothing here" in answer.content


def test_a_form_from_elsewhere_is_refused_in_words(tclient: Client, owner: User) -> None:
    strict = type(tclient)(enforce_csrf_checks=True, headers={"host": "ta.testserver"})
    answer = sign_in(strict)
    assert answer.status_code == 403
    assert b"This form is no longer valid" in answer.content


def test_a_person_without_any_role_is_told_whom_to_ask(tclient: Client, owner: User) -> None:
    owner.grants.all().delete()
    tclient.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    answer = tclient.get("/")
    assert answer.status_code == 403
    assert b"Ask an owner" in answer.content


def test_a_failure_of_ours_is_admitted_without_details(
    tclient: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("portal.pages.brand.views.current_look", fails)
    tclient.raise_request_exception = False
    answer = tclient.get("/brand/0123456789abcdef.css")
    assert answer.status_code == 500
    assert b"Something went wrong here" in answer.content
    assert b"secret" not in answer.content


def test_the_operators_host_has_a_plain_look(tenant: Any, rf: RequestFactory) -> None:
    with public_context():
        answer = not_found(rf.get("/"), Http404())
    assert b"Operations" in answer.content
    assert b"Harbour" not in answer.content


def test_an_unknown_host_learns_nothing(tenant: Any) -> None:
    answer = Client(headers={"host": "nobody.example"}).get("/")
    connection.set_tenant(tenant)
    assert answer.status_code == 404
    assert b"Partner" not in answer.content


# ------------------------------------------------------------------------------------------------------------ rules
def test_a_template_that_asks_the_database_fails(tenant: Any, rf: RequestFactory) -> None:
    assert User.objects.count() == 0  # the connection is in the tenant's schema by now
    with pytest.raises(QueryInTemplate, match="accounts_user"):
        rendered(rf.get("/"), "parts/notice.html", {"tone": "info", "text": User.objects.all()})


def _views(patterns: list[Any]) -> list[Any]:
    return [view for one in patterns for view in (_views(one.url_patterns) if hasattr(one, "url_patterns") else [one])]


def test_every_route_says_who_may_use_it() -> None:
    silent = [route for route in _views(urlpatterns) if not hasattr(route.callback, "capability")]
    assert silent == []
    assert any(route.callback.capability == OPEN for route in _views(urlpatterns))
