"""The way a record took: read, decided, sent, answered, held, released. Everything is fetched in a few queries."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from connectors.base import registered
from connectors.models import Connection
from finance.catalogue import masked
from governance.models import ChangeRequest
from portal.pages.values import hidden
from portal.pages.words import OUTCOME, problem, spoken, tag_of
from sync.links.models import Landing, Link, RecordState
from sync.runs.models import Clock, Intent, Release, RunEntry, WorkItem
from tenancy.accounts.models import User


@dataclass(frozen=True)
class Event:
    """One step of the way. `papers`: what was sent or came back, as text under a label."""

    at: datetime
    title: str
    text: str = ""
    tone: str = ""
    who: str = ""
    papers: tuple[tuple[str, str], ...] = ()


def events(landing: Landing, records: Sequence[RecordState], links: Sequence[Link]) -> list[Event]:
    """All that happened to a record, in order of time."""
    ids = [record.pk for record in records]
    found = [Event(landing.landed_at, _("Last read from %(system)s") % {"system": landing.connection.label})]
    found += _decided(ids)
    found += _sent(ids)
    found += _held(ids)
    found += [_linked(link) for link in links]
    found += [
        Event(clock.at, spoken(clock.mark), tone="info")
        for clock in Clock.objects.filter(correlation_id=landing.correlation_id)
    ]
    return sorted(found, key=lambda event: event.at)


def _linked(link: Link) -> Event:
    ids = {"source": link.source_external_id, "target": link.target_external_id}
    return Event(link.created_at, link.get_origin_display(), _("%(source)s stands for %(target)s") % ids, "ok")


def _decided(ids: Collection[UUID]) -> Iterator[Event]:
    entries = list(RunEntry.objects.filter(record__in=ids).select_related("run").order_by("-pk")[:100])
    people = _people(entry.run.requested_by for entry in entries)
    for entry in entries:
        tag = tag_of(OUTCOME, entry.outcome or "undecided")
        title = _("Dry run: %(outcome)s") if entry.run.dry else "%(outcome)s"
        yield Event(
            entry.closed_at or entry.created_at,
            title % {"outcome": tag.label},
            entry.sentence,
            tag.tone,
            people.get(entry.run.requested_by, entry.run.get_trigger_display()),
        )


def _sent(ids: Collection[UUID]) -> Iterator[Event]:
    steps = Intent.objects.filter(entry__record__in=ids, sent_at__isnull=False).select_related("connection", "receipt")
    for intent in steps.order_by("-pk")[:100]:
        receipt = getattr(intent, "receipt", None)
        facts = {"step": spoken(intent.step), "system": intent.connection.label}
        papers = [(_("What was sent"), _paper(_raw(intent.connection, intent.object, intent.body)))]
        papers = papers if intent.body else []  # let go of after its days; what came back is kept as proof
        if receipt and receipt.target_values:
            papers.append((_("What came back"), _paper(masked(intent.object, receipt.target_values))))
        yield Event(
            at=receipt.at if receipt else intent.sent_at,
            title=_("%(step)s in %(system)s") % facts,
            text=intent.error or (receipt.get_how_display() if receipt else intent.get_state_display()),
            tone="ok" if receipt else "warn",
            who=intent.reference,
            papers=tuple(papers),
        )


def _held(ids: Collection[UUID]) -> Iterator[Event]:
    for item in WorkItem.objects.filter(record__in=ids).order_by("-pk")[:100]:
        yield Event(item.opened_at, str(problem(item.code)), item.sentence, "warn")
    releases = list(Release.objects.filter(record__in=ids))
    people = _people(release.released_by for release in releases)
    asked = ChangeRequest.objects.in_bulk([release.change_id for release in releases if release.change_id])
    for release in releases:
        change = asked.get(release.change_id)
        text = _("Asked for by %(author)s") % {"author": change.author_label} if change else ""
        yield Event(release.at, _("Released"), text, "ok", people.get(release.released_by, ""))


def _people(ids: Iterator[UUID | None] | Collection[UUID | None]) -> dict[UUID | None, str]:
    return {user.pk: str(user) for user in User.objects.filter(pk__in={one for one in ids if one})}


# ------------------------------------------------------------------------------------------------------------ papers
def raw(connection: Connection, obj: str, body: Mapping[str, Any]) -> str:
    """A system's own record as text, without what its connector declares sensitive."""
    return _paper(_raw(connection, obj, body))


def _raw(connection: Connection, obj: str, body: Any) -> Any:
    connector = registered().get(connection.connector)
    spec = connector.objects.get(obj) if connector else None
    names = {segment for path in (spec.sensitive if spec else ()) for segment in path.split(".")[-1:]}
    return _without(body, names)


def _without(value: Any, names: Collection[str]) -> Any:
    if isinstance(value, Mapping):
        return {name: hidden(one) if name in names else _without(one, names) for name, one in value.items()}
    return [_without(one, names) for one in value] if isinstance(value, list) else value


def _paper(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=str)
