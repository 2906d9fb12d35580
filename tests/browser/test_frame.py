"""Signing in and the frame of every page: in light and dark, on a desk and on a phone, under the brightest brand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tenancy.accounts.actors import SYSTEM
from tenancy.accounts.models import User
from tenancy.brand.services import set_brand
from tests.browser.conftest import PHONE, WIDE, overflowing

LOOKS = [
    pytest.param("#0f766e", "light", WIDE, id="teal-light-wide"),
    pytest.param("#4f46e5", "dark", WIDE, id="indigo-dark-wide"),
    pytest.param("#facc15", "light", PHONE, id="yellow-light-phone"),
    pytest.param("#facc15", "dark", PHONE, id="yellow-dark-phone"),
    pytest.param("#ffffff", "light", WIDE, id="white-light-wide"),
    pytest.param("#000000", "dark", WIDE, id="black-dark-wide"),
]
Visit = Callable[..., Page]
Axe = Callable[[Page], list[str]]


@pytest.fixture
def owner(transactional_tenant: Any, person: Callable[..., User]) -> User:
    return person("owner", email="owner@example.com")


@pytest.mark.parametrize(("colour", "theme", "size"), LOOKS)
def test_signing_in_and_the_frame_can_be_read_by_everybody(
    visit: Visit,
    axe: Axe,
    screenshot: Callable[[Page, str], None],
    owner: User,
    colour: str,
    theme: str,
    size: dict[str, int],
    request: pytest.FixtureRequest,
) -> None:
    set_brand(actor=SYSTEM, name="Harbour Payables", colour=colour)
    page = visit("/", theme=theme, size=size)
    screenshot(page, f"sign-in-{request.node.callspec.id}")
    assert axe(page) == []
    page.get_by_label("E-mail").fill("owner@example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Nothing is live yet.")).to_be_visible()
    assert axe(page) == []
    assert overflowing(page) == []
    screenshot(page, f"overview-{request.node.callspec.id}")


def test_the_menu_opens_on_a_phone_without_script(visit: Visit, axe: Axe, owner: User) -> None:
    page = visit("/", as_=owner, size=PHONE)
    link = page.get_by_role("link", name="Overview")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(link).to_be_visible()
    assert axe(page) == []


def test_the_chosen_colours_stay_chosen(visit: Visit, owner: User) -> None:
    page = visit("/", as_=owner)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_a_page_that_is_not_there_looks_like_the_partner(visit: Visit, axe: Axe, owner: User) -> None:
    set_brand(actor=SYSTEM, name="Harbour Payables", colour="#be123c")
    page = visit("/nowhere/", as_=owner)
    visit.errors.clear()  # the browser itself notes the 404
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    expect(page.get_by_text("Harbour Payables")).to_be_visible()
    assert axe(page) == []


def test_a_wrong_password_is_said_beside_the_form(visit: Visit, axe: Axe, owner: User) -> None:
    page = visit("/sign-in/")
    page.get_by_label("E-mail").fill("owner@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("E-mail")).to_have_value("owner@example.com")
    assert axe(page) == []
    visit.errors.clear()  # the browser itself notes the 422
