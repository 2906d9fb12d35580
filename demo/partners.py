"""The demo's partners with their people, customer and entities. Needs Django to be set up."""

from __future__ import annotations

from dataclasses import dataclass

from demo.lines import step
from tenancy.accounts import services as accounts
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.accounts.models import User
from tenancy.context import tenant_context
from tenancy.customers.models import Customer, Entity
from tenancy.partners.models import Partner
from tenancy.partners.selectors import partner_by_slug
from tenancy.partners.services import open_partner

PASSWORD = "demo-Passw0rd!"
CUSTOMER = "alder-finch"
PEOPLE = (
    ("engineer", "Erin Engineer", "engineer"),
    ("approver", "Avery Approver", "approver"),
    ("clerk", "Casey Clerk", "clerk"),
    ("controller", "Cory Controller", "customer_controller"),
    ("viewer", "Vic Viewer", "customer_viewer"),
)
ENTITIES = (
    ("us", "Alder & Finch Trading Inc.", "USD", "America/New_York"),
    ("eu", "Alder & Finch Europe GmbH", "EUR", "Europe/Berlin"),
)


@dataclass(frozen=True)
class House:
    """A partner as the demo opens it."""

    slug: str
    name: str
    colour: str


PARTNERS = (House("northgate", "Northgate Advisors", "#0f766e"), House("sunny", "Sunny Books", "#facc15"))


def open_all() -> None:
    """Every partner that is not there yet, each with the same customer, entities and people."""
    for house in PARTNERS:
        if not Partner.objects.filter(slug=house.slug).exists():
            with step(f"{house.name}: opened at {house.slug}.localhost"):
                open_partner(
                    actor=SYSTEM, slug=house.slug, name=house.name, domain=f"{house.slug}.localhost",
                    colour=house.colour, owner_email=f"owner@{house.slug}.example", owner_name="Olive Owner",
                    owner_password=PASSWORD,
                )  # fmt: skip
        with tenant_context(partner_by_slug(house.slug).schema_name):
            _move_in(house)


def _move_in(house: House) -> None:
    customer, _ = Customer.objects.get_or_create(code=CUSTOMER, defaults={"name": "Alder & Finch Group"})
    for code, name, currency, zone in ENTITIES:
        known = {"name": name, "functional_currency": currency, "time_zone": zone}
        Entity.objects.get_or_create(customer=customer, code=code, defaults=known)
    for login, name, role in PEOPLE:
        email = f"{login}@{house.slug}.example"
        if not User.objects.filter(email=email).exists():
            user = accounts.create_user(actor=SYSTEM, email=email, name=name, password=PASSWORD)
            scope = {"customer_id": customer.pk} if role.startswith("customer_") else {}
            accounts.grant(actor=SYSTEM, user=user, role=role, **scope)


def person(login: str) -> Actor:
    """One of the people, as an actor in the current partner."""
    return Actor.of(User.objects.get(email__startswith=f"{login}@"))
