"""Every page as a person sees it: nothing overflows, nothing is unreadable, nothing is said on the console."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tenancy.accounts.models import User
from tests.browser.conftest import PHONE, WIDE, overflowing
from tests.portal.test_pages import pages_of
from tests.portal.world import World, make

Visit = Callable[..., Page]
Axe = Callable[[Page], list[str]]
WALKED = (
    "home",
    "pipelines",
    "pipeline",
    "paused",
    "runs",
    "run",
    "held",
    "item",
    "duplicate",
    "journeys",
    "journey",
    "changes",
)
LOOKS = [
    pytest.param("#0f766e", "light", WIDE, id="teal-light-wide"),
    pytest.param("#4f46e5", "dark", WIDE, id="indigo-dark-wide"),
    pytest.param("#facc15", "light", PHONE, id="yellow-light-phone"),
    pytest.param("#facc15", "dark", WIDE, id="yellow-dark-wide"),
]


@pytest.mark.parametrize(("colour", "theme", "size"), LOOKS)
def test_every_page_can_be_read_by_everybody(
    visit: Visit,
    axe: Axe,
    screenshot: Callable[[Page, str], None],
    person: Callable[..., User],
    colour: str,
    theme: str,
    size: dict[str, int],
    request: pytest.FixtureRequest,
) -> None:
    world, owner = make(person, colour=colour), person("owner", email="petra@example.com")
    wrong: dict[str, list[str]] = {}
    page = visit("/", as_=owner, theme=theme, size=size)
    for name in WALKED:
        page.goto(pages_of(world)[name])
        screenshot(page, f"{request.node.callspec.id}-{name}")
        if found := axe(page) + overflowing(page):
            wrong[name] = found
    assert wrong == {}, "\n".join(f"{name}: {text}" for name, found in wrong.items() for text in found)


@pytest.fixture
def world(transactional_tenant: object, person: Callable[..., User]) -> World:
    return make(person)


def test_a_bank_change_is_asked_for_and_released_by_two_people(
    visit: Visit, axe: Axe, screenshot: Callable[[Page, str], None], world: World, person: Callable[..., User]
) -> None:
    path = reverse("held:one", args=[world.bank_item.pk])
    clerk = visit(path, as_=person("clerk"))
    clerk.get_by_role("button", name="Ask for release…").click()
    screenshot(clerk, "dialog-release")
    assert axe(clerk) == []
    clerk.get_by_label("Why it may go on").fill("Called the number on the contract of 2019.")
    clerk.get_by_role("button", name="Ask", exact=True).click()
    expect(clerk.get_by_text("You asked for this yourself")).to_be_visible()

    controller = visit(path, as_=person("customer_controller", customer_id=world.customer.pk))
    expect(controller.get_by_text("Called the number on the contract of 2019.")).to_be_visible()
    screenshot(controller, "decide")
    assert axe(controller) == []
    controller.get_by_role("button", name="Approve").click()
    expect(controller.get_by_text("Approved. It takes effect now.")).to_be_visible()
    expect(controller.get_by_text("Released", exact=True).first).to_be_visible()
    screenshot(controller, "released")


def test_a_run_is_followed_until_it_ends_and_then_left_alone(
    visit: Visit, world: World, person: Callable[..., User]
) -> None:
    page = visit(reverse("runs:one", args=[world.working.pk]), as_=person("engineer"))
    expect(page.get_by_text("120 of 200 records accounted for")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: "progress" in request.url and asked.append(request.url))
    world.working.state, world.working.balanced = "succeeded", True
    world.working.save()
    expect(page.get_by_text("Finished", exact=True)).to_be_visible(timeout=6000)
    count = len(asked)
    page.wait_for_timeout(3000)
    assert len(asked) == count


def test_rows_are_walked_and_opened_by_keyboard(visit: Visit, world: World, person: Callable[..., User]) -> None:
    page = visit(reverse("held:list"), as_=person("clerk"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(focused)


def test_times_are_shown_in_the_readers_zone_with_the_exact_one_on_hover(
    visit: Visit, world: World, person: Callable[..., User]
) -> None:
    page = visit(reverse("held:list"), as_=person("clerk"))
    moment = page.locator("time[data-when=ago]").first
    expect(moment).to_have_text("yesterday")
    assert "2" in (moment.get_attribute("title") or "")


def test_the_connection_failing_is_said_once_and_taken_back(
    visit: Visit, world: World, person: Callable[..., User]
) -> None:
    page = visit(reverse("runs:one", args=[world.working.pk]), as_=person("engineer"))
    page.route("**/progress/", lambda route: route.abort())
    expect(page.get_by_text("This could not be loaded")).to_be_visible(timeout=6000)
    visit.errors.clear()  # the browser itself notes the failed request
