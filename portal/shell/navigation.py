"""What the side bar offers, as data: an entry is shown where its capability is held anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenancy.accounts.models import User
from tenancy.accounts.roles import roles_with


@dataclass(frozen=True)
class Entry:
    """One link. `route` is the name of its address."""

    label: str | Promise
    icon: str
    route: str
    capability: str


@dataclass(frozen=True)
class Link:
    """An entry as shown to one person on one page."""

    label: str | Promise
    icon: str
    url: str
    current: bool


GROUPS: tuple[tuple[str | Promise, tuple[Entry, ...]], ...] = (
    (
        _("Work"),
        (
            Entry(_("Overview"), "layout-dashboard", "home", "status.view"),
            Entry(_("Held items"), "hand", "held:list", "items.view"),
            Entry(_("Change requests"), "stamp", "changes:list", "changes.view"),
        ),
    ),
    (
        _("Operate"),
        (
            Entry(_("Pipelines"), "workflow", "pipelines:list", "pipelines.view"),
            Entry(_("Runs"), "history", "runs:list", "runs.view"),
            Entry(_("Journeys"), "route", "journeys:find", "records.view"),
        ),
    ),
)


def navigation(roles: frozenset[str], path: str) -> list[tuple[str | Promise, list[Link]]]:
    """Groups with at least one entry for someone who holds these roles."""
    shown = ((label, list(_links(entries, roles, path))) for label, entries in GROUPS)
    return [(label, links) for label, links in shown if links]


def _links(entries: tuple[Entry, ...], roles: frozenset[str], path: str) -> Iterator[Link]:
    for entry in entries:
        if roles & roles_with(entry.capability):
            url = reverse(entry.route)
            yield Link(entry.label, entry.icon, url, path == url if url == "/" else path.startswith(url))


def initials(user: User) -> str:
    """Up to two letters for the round sign of a person."""
    words = (user.name or user.email).replace("@", " ").split()
    return "".join(word[0] for word in words[:2]).upper()
