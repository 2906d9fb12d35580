"""Held items in plain words: what, how much, since when, what to do, and who has to agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from governance.models import ChangeRequest
from governance.selectors import open_changes
from portal.pages.values import Difference, Fact, difference, differences, facts
from portal.pages.words import ITEM, OBJECT, Amount, Tag, Text, amounts, called, problem, tag_of
from sync.desk.held import CUSTOMER_RELEASE, MAY_BE_RELEASED, RELEASE
from sync.runs.models import WorkItem


@dataclass(frozen=True)
class Row:
    """One item in the list. `asked`: its release waits for a second person."""

    item: WorkItem
    tag: Tag
    problem: Text
    object: Text
    asked: bool


@dataclass(frozen=True)
class Heap:
    """Open items of one kind of problem."""

    code: str
    problem: Text
    count: int
    money: list[Amount]


@dataclass(frozen=True)
class Detail:
    """One item with its evidence. `differences`: the held fields, or both sides of a conflict."""

    row: Row
    releasable: bool
    differences: list[Difference]
    theirs: list[Difference]
    facts: list[Fact]
    blocked: list[Mapping[str, Any]]


def rows(items: Iterable[WorkItem]) -> list[Row]:
    """For a list; one query for the requests that wait."""
    asked = asked_items()
    return [row(item, str(item.pk) in asked) for item in items]


def row(item: WorkItem, asked: bool) -> Row:
    """One item."""
    state = item.severity if item.state == "open" else item.state
    obj = called(OBJECT, item.record.landing.object) if item.record else ""
    return Row(item, tag_of(ITEM, state), problem(item.code), obj, asked)


def asked_items() -> frozenset[str]:
    """Ids of the items whose release somebody asked for."""
    waiting = open_changes().filter(kind__in=(RELEASE, CUSTOMER_RELEASE))
    return frozenset(waiting.values_list("subject_id", flat=True))


def request_for(item_id: UUID) -> ChangeRequest | None:
    """The newest request for an item's release, open or decided."""
    asked = ChangeRequest.objects.filter(kind__in=(RELEASE, CUSTOMER_RELEASE), subject_id=str(item_id))
    return asked.select_related("decision", "customer").order_by("-pk").first()


def heaps(items: QuerySet[WorkItem]) -> list[Heap]:
    """Open items by problem, the largest heap first."""
    found: dict[str, list[tuple[str, int, Any]]] = {}
    grouped = items.filter(state="open").values_list("code", "currency").annotate(n=Count("pk"), total=Sum("amount"))
    for code, currency, count, total in grouped.order_by():
        found.setdefault(code, []).append((currency, count, total))
    made = [_heap(code, cells) for code, cells in found.items()]
    return sorted(made, key=lambda heap: -heap.count)


def _heap(code: str, cells: list[tuple[str, int, Any]]) -> Heap:
    money = amounts((currency, total) for currency, _, total in cells)
    return Heap(code, problem(code), sum(count for _, count, _ in cells), money)


def held_money(of: Iterable[Heap]) -> list[Amount]:
    """All heaps together, per currency."""
    total: dict[str, Any] = {}
    for heap in of:
        for one in heap.money:
            total[one.currency] = total.get(one.currency, 0) + one.amount
    return amounts(total)


def detail(item: WorkItem, asked: bool) -> Detail:
    """One item with everything a decision needs."""
    evidence = dict(item.detail)
    ours, theirs, changes = (evidence.pop(name, []) for name in ("ours", "theirs", "changes"))
    blocked = evidence.pop("blocked_at_payer", [])
    releasable = item.state == "open" and item.code in MAY_BE_RELEASED and item.severity != "block" and not asked
    return Detail(
        row=row(item, asked),
        releasable=releasable and item.record is not None,
        differences=[difference(change) for change in ours or changes] or _held_values(item),
        theirs=[difference(change) for change in theirs],
        facts=facts(evidence),
        blocked=blocked,
    )


def _held_values(item: WorkItem) -> list[Difference]:
    """What the held fields were when both sides last agreed, and what the source says now."""
    if item.record is None or not item.fields or not item.record.landing.canonical:
        return []
    link, landing = item.record.link, item.record.landing
    before = (link.source_base or link.target_base or {}) if link else {}
    return differences(landing.object, before, landing.canonical, item.fields)
