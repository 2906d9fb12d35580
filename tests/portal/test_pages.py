"""The pages: what each person sees, what their forms do, and that nothing beyond their reach exists for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.models import ChangeRequest, Decision
from sync.pipelines.models import PipelineEntity
from sync.runs.models import Run
from tenancy.accounts.models import User
from tenancy.customers.models import Entity
from tests.portal.test_shell import NAMES_OF_OURS
from tests.portal.world import NEW_IBAN, OLD_IBAN, World, make

MOST_QUERIES = 25


@pytest.fixture
def world(tenant: Any, person: Callable[..., User]) -> World:
    return make(person)


@pytest.fixture
def as_(tclient: Client, person: Callable[..., User]) -> Callable[..., Client]:
    """`as_("clerk", customer_id=…)`: the browser of a new person with that role."""

    def signed_in(role: str, **scope: Any) -> Client:
        browser = type(tclient)(headers={"host": "ta.testserver"})
        browser.force_login(person(role, **scope), backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return signed_in


def pages_of(world: World) -> dict[str, str]:
    """Every page, by a name for the test's report."""
    return {
        "home": "/",
        "pipelines": reverse("pipelines:list"),
        "pipeline": reverse("pipelines:one", args=[world.vendors.pk]),
        "paused": reverse("pipelines:one", args=[world.invoices.pk]),
        "runs": reverse("runs:list"),
        "run": reverse("runs:one", args=[world.run.pk]),
        "running": reverse("runs:one", args=[world.working.pk]),
        "progress": reverse("runs:progress", args=[world.working.pk]),
        "held": reverse("held:list"),
        "item": reverse("held:one", args=[world.bank_item.pk]),
        "duplicate": reverse("held:one", args=[world.duplicate.pk]),
        "journeys": reverse("journeys:find"),
        "journey": reverse("journeys:one", args=[world.landing.correlation_id]),
        "changes": reverse("changes:list"),
    }


PAGES = (
    "home", "pipelines", "pipeline", "paused", "runs", "run", "running", "progress", "held", "item", "duplicate",
    "journeys", "journey", "changes",
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- all pages
@pytest.mark.parametrize("name", PAGES)
def test_an_owner_sees_every_page_in_few_queries(world: World, as_: Callable[..., Client], name: str) -> None:
    browser, path = as_("owner"), pages_of(world)[name]
    with CaptureQueriesContext(connection) as ran:
        answer = browser.get(path)
    assert answer.status_code == 200
    assert len([q for q in ran if not q["sql"].startswith("SET ")]) <= MOST_QUERIES


@pytest.mark.parametrize("name", PAGES)
def test_nobody_sees_a_page_without_signing_in(world: World, tclient: Client, name: str) -> None:
    assert tclient.get(pages_of(world)[name]).headers["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_shows_a_whole_bank_account(world: World, as_: Callable[..., Client], name: str) -> None:
    body = as_("owner").get(pages_of(world)[name]).content.decode()
    assert OLD_IBAN not in body
    assert NEW_IBAN not in body


@pytest.mark.parametrize("name", PAGES)
def test_no_page_names_the_platform_or_what_it_is_made_of(world: World, as_: Callable[..., Client], name: str) -> None:
    answer = as_("owner").get(pages_of(world)[name])
    assert not NAMES_OF_OURS.search(answer.content.replace(b"/static/django_htmx/", b""))


@pytest.mark.parametrize("role", ["customer_controller", "customer_viewer", "auditor", "clerk", "engineer"])
@pytest.mark.parametrize("name", PAGES)
def test_a_person_of_one_customer_never_sees_another_customer(
    world: World, as_: Callable[..., Client], role: str, name: str
) -> None:
    answer = as_(role, customer_id=world.customer.pk).get(pages_of(world)[name])
    assert answer.status_code in (200, 403)
    for foreign in (b"Canary", "Südfrucht".encode(), str(world.foreign.pk).encode()):
        assert foreign not in answer.content


def objects_of(world: World) -> dict[str, tuple[str, str]]:
    """route → (one's own object, another customer's)."""
    return {
        "pipelines:one": (world.vendors.pk, world.foreign.pk),
        "runs:one": (world.run.pk, _run(world).pk),
        "runs:progress": (world.run.pk, _run(world).pk),
        "held:one": (world.bank_item.pk, world.foreign_item.pk),
        "journeys:one": (world.landing.correlation_id, world.foreign_landing.correlation_id),
    }


def _run(world: World) -> Run:
    return Run.objects.get_or_create(pipeline=world.foreign, kind="full", trigger="schedule")[0]


@pytest.mark.parametrize("route", ["pipelines:one", "runs:one", "runs:progress", "held:one", "journeys:one"])
def test_what_is_another_customers_does_not_exist_and_ones_own_does(
    world: World, as_: Callable[..., Client], route: str
) -> None:
    browser = as_("customer_controller", customer_id=world.customer.pk)
    own, foreign = objects_of(world)[route]
    assert browser.get(reverse(route, args=[own])).status_code in (200, 286)
    assert browser.get(reverse(route, args=[foreign])).status_code == 404
    assert browser.get(reverse(route, args=[uuid4()])).status_code == 404


VERBS = [
    *(f"pipelines:{verb}" for verb in ("run", "pause", "go-on", "go-live")),
    *(f"held:{verb}" for verb in ("release", "retry", "acknowledge")),
    "runs:resume",
]


@pytest.mark.parametrize("route", VERBS)
def test_no_verb_reaches_another_customers_object(world: World, as_: Callable[..., Client], route: str) -> None:
    kind = route.partition(":")[0]
    foreign = {"pipelines": world.foreign.pk, "held": world.foreign_item.pk, "runs": _run(world).pk}[kind]
    assert as_("clerk", customer_id=world.customer.pk).post(reverse(route, args=[foreign])).status_code in (403, 404)
    assert as_("approver", customer_id=world.customer.pk).post(reverse(route, args=[foreign])).status_code in (403, 404)
    assert not ChangeRequest.objects.exists()
    assert Run.objects.filter(pipeline=world.foreign).count() <= 1


def test_a_person_of_one_entity_sees_its_records_and_the_shared_ones_only(
    world: World, as_: Callable[..., Client]
) -> None:
    browser = as_("clerk", customer_id=world.customer.pk, entity_id=world.entity.pk)
    second = Entity.objects.create(customer=world.customer, code="second", name="Second", functional_currency="EUR")
    elsewhere = as_("clerk", customer_id=world.customer.pk, entity_id=second.pk)
    for item in (world.bank_item, world.duplicate):  # a shared vendor, and an invoice of this entity
        assert browser.get(reverse("held:one", args=[item.pk])).status_code == 200
        assert elsewhere.get(reverse("held:one", args=[item.pk])).status_code == 404
    assert browser.get(reverse("pipelines:one", args=[world.vendors.pk])).status_code == 200
    assert elsewhere.get(reverse("pipelines:one", args=[world.vendors.pk])).status_code == 404
    assert browser.get(reverse("held:one", args=[world.foreign_item.pk])).status_code == 404
    assert b"Canary" not in browser.get(reverse("held:list")).content


def test_a_record_of_another_entity_on_the_same_pipeline_stays_unseen(world: World, as_: Callable[..., Client]) -> None:
    second = Entity.objects.create(customer=world.customer, code="second", name="Second", functional_currency="EUR")
    PipelineEntity.objects.create(pipeline=world.invoices, entity=second, source_company="other", target_company="2")
    browser = as_("clerk", customer_id=world.customer.pk, entity_id=second.pk)
    assert browser.get(reverse("pipelines:one", args=[world.invoices.pk])).status_code == 200
    assert browser.get(reverse("held:one", args=[world.duplicate.pk])).status_code == 404
    assert browser.get(reverse("journeys:one", args=["inv20479"])).status_code == 404


def test_a_viewer_is_told_that_held_items_are_not_for_them(world: World, as_: Callable[..., Client]) -> None:
    browser = as_("customer_viewer", customer_id=world.customer.pk)
    assert browser.get(reverse("held:list")).status_code == 403
    assert b"Held items" not in browser.get("/").content


# -------------------------------------------------------------------------------------------------------- what is said
def test_the_start_page_says_what_waits_and_how_much_money(world: World, as_: Callable[..., Client]) -> None:
    body = as_("owner").get("/").content.decode()
    assert "1 pipeline is paused." in body
    assert "1,932.50<abbr>EUR</abbr>" in body
    assert "Bank details changed" in body


def test_a_held_bank_change_shows_both_accounts_by_their_last_four_characters(
    world: World, as_: Callable[..., Client]
) -> None:
    body = as_("owner").get(reverse("held:one", args=[world.bank_item.pk])).content.decode()
    assert "•••• 3000" in body
    assert "•••• 2051" in body


def test_a_suspected_duplicate_shows_its_twin_and_whether_that_was_paid(
    world: World, as_: Callable[..., Client]
) -> None:
    body = as_("owner").get(reverse("held:one", args=[world.duplicate.pk])).content.decode()
    assert "INV-20497" in body
    assert "Paid on 14 November" in body


def test_a_journey_tells_what_differs_what_was_sent_and_what_came_back(
    world: World, as_: Callable[..., Client]
) -> None:
    body = as_("owner").get(reverse("journeys:one", args=[world.landing.correlation_id])).content.decode()
    for said in (
        "Nordwind Logistik Gmbh",
        "(differs)",
        "What was sent",
        "What came back",
        "erp vendors v3",
        "r-V-1001",
    ):
        assert said in body, said


def test_a_correlation_id_leads_straight_to_its_journey(world: World, as_: Callable[..., Client]) -> None:
    answer = as_("owner").get(reverse("journeys:find"), {"q": world.landing.correlation_id})
    assert answer.headers["Location"] == reverse("journeys:one", args=[world.landing.correlation_id])


@pytest.mark.parametrize("words", ["nordwind log", "V-1001"])
def test_a_record_is_found_by_name_and_by_number(world: World, as_: Callable[..., Client], words: str) -> None:
    assert b"Nordwind Logistik GmbH" in as_("owner").get(reverse("journeys:find"), {"q": words}).content


def test_progress_is_asked_for_until_the_run_ends(world: World, as_: Callable[..., Client]) -> None:
    browser = as_("owner")
    moving = browser.get(reverse("runs:progress", args=[world.working.pk]))
    assert moving.status_code == 200
    assert b"120 of 200" in moving.content
    assert b'hx-trigger="load delay:2s"' in moving.content
    ended = browser.get(reverse("runs:progress", args=[world.run.pk]))
    assert ended.status_code == 286
    assert b"hx-trigger" not in ended.content


def test_a_fragment_for_nobody_sends_the_whole_page_to_the_sign_in(world: World, tclient: Client) -> None:
    answer = tclient.get(reverse("runs:progress", args=[world.run.pk]), headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/sign-in/"


@pytest.mark.parametrize("after", ["nonsense", "2026-13-45_x", "'; drop table", str(uuid4())])
def test_a_broken_place_in_a_list_is_its_beginning_or_its_end(
    world: World, as_: Callable[..., Client], after: str
) -> None:
    browser = as_("owner")
    for name in ("runs:list", "held:list", "changes:list"):
        assert browser.get(reverse(name), {"after": after}).status_code == 200


def test_a_list_goes_on_where_it_stopped_without_losing_or_repeating_a_row(
    world: World, as_: Callable[..., Client]
) -> None:
    Run.objects.bulk_create(Run(pipeline=world.vendors, kind="sweep", trigger="schedule") for _ in range(120))
    browser, path, seen = as_("owner"), f"{reverse('runs:list')}?pipeline={world.vendors.pk}", []
    while path:
        part = browser.get(path)
        seen += [row.run.pk for row in part.context["rows"]] if part.context else _keys(part.content.decode())
        following = part.content.decode().partition('rel="next"')[0].rpartition('<a href="')[2].partition('"')[0]
        path = following.replace("&amp;", "&") if b'rel="next"' in part.content else ""
    assert len(seen) == len(set(seen)) == Run.objects.filter(pipeline=world.vendors).count()


def _keys(body: str) -> list[str]:
    return [piece.partition("/")[0] for piece in body.split('class="to" href="/runs/')[1:]]


# ---------------------------------------------------------------------------------------------------- what forms do
def test_a_clerk_asks_and_the_customers_controller_releases_a_bank_change(
    world: World, as_: Callable[..., Client]
) -> None:
    clerk, controller = as_("clerk"), as_("customer_controller", customer_id=world.customer.pk)
    path = reverse("held:one", args=[world.bank_item.pk])
    assert clerk.post(reverse("held:release", args=[world.bank_item.pk]), {"comment": "Called them"}).status_code == 302
    change = ChangeRequest.objects.get()
    decide = reverse("changes:decide", args=[change.pk])
    yes = {"answer": "approve", "shown": change.shown_digest, "back": path}

    clerk.post(decide, yes)
    assert "a second person has to decide" in clerk.get(path).content.decode()
    owner = as_("owner")
    owner.post(decide, yes)
    assert "own people" in owner.get(path).content.decode()
    assert not Decision.objects.exists()

    assert "Approve" in controller.get(path).content.decode()
    assert controller.post(decide, yes).headers["Location"] == path
    world.bank_item.refresh_from_db()
    assert (Decision.objects.get().outcome, world.bank_item.state) == ("applied", "released")
    body = clerk.get(path).content.decode()
    assert "Approved" in body
    assert "Customer Controller" in body


def test_a_decision_on_what_was_not_on_the_screen_is_refused(world: World, as_: Callable[..., Client]) -> None:
    as_("clerk").post(reverse("held:release", args=[world.duplicate.pk]), {"comment": "Checked"})
    change, owner = ChangeRequest.objects.get(), as_("owner")
    owner.post(reverse("changes:decide", args=[change.pk]), {"answer": "approve", "shown": "0" * 64})
    assert "look anew" in owner.get(reverse("changes:one", args=[change.pk])).content.decode()
    assert not Decision.objects.exists()


def test_a_run_is_started_and_watched(world: World, as_: Callable[..., Client]) -> None:
    answer = as_("clerk").post(reverse("pipelines:run", args=[world.vendors.pk]), {"kind": "full"})
    run = Run.objects.filter(pipeline=world.vendors, kind="full").order_by("-pk").first()
    assert answer.headers["Location"] == reverse("runs:one", args=[run.pk])
    assert (run.state, run.trigger) == ("queued", "person")


def test_a_paused_pipeline_says_why_it_cannot_run(world: World, as_: Callable[..., Client]) -> None:
    browser = as_("engineer")
    browser.post(reverse("pipelines:run", args=[world.invoices.pk]), {"kind": "incremental"})
    assert "is not live" in browser.get(reverse("pipelines:one", args=[world.invoices.pk])).content.decode()


def test_a_pipeline_is_paused_with_a_reason_and_goes_on(world: World, as_: Callable[..., Client]) -> None:
    browser = as_("engineer")
    path = reverse("pipelines:one", args=[world.vendors.pk])
    browser.post(reverse("pipelines:pause", args=[world.vendors.pk]), {"because": "Month end"})
    assert "Month end" in browser.get(path).content.decode()
    browser.post(reverse("pipelines:go-on", args=[world.vendors.pk]))
    world.vendors.refresh_from_db()
    assert world.vendors.state == "live"


def test_going_on_after_a_form_never_leads_to_another_host(world: World, as_: Callable[..., Client]) -> None:
    as_("clerk").post(reverse("held:release", args=[world.duplicate.pk]), {"comment": "Checked"})
    change = ChangeRequest.objects.get()
    answer = as_("owner").post(
        reverse("changes:decide", args=[change.pk]),
        {"answer": "refuse", "shown": change.shown_digest, "back": "https://evil.example/"},
    )
    assert answer.headers["Location"] == reverse("changes:one", args=[change.pk])


def test_the_author_takes_a_request_back(world: World, as_: Callable[..., Client]) -> None:
    clerk = as_("clerk")
    clerk.post(reverse("held:release", args=[world.duplicate.pk]), {"comment": "Checked"})
    clerk.post(reverse("changes:withdraw", args=[ChangeRequest.objects.get().pk]))
    assert Decision.objects.get().outcome == "withdrawn"


@pytest.mark.parametrize("route", ["pipelines:run", "pipelines:pause", "pipelines:go-on", "pipelines:go-live"])
def test_a_verb_is_never_done_by_following_a_link(world: World, as_: Callable[..., Client], route: str) -> None:
    assert as_("owner").get(reverse(route, args=[world.vendors.pk])).status_code == 405
