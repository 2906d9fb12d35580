"""Lists page by key: page 5,000 costs what page 1 costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)
SIZE = 50


@dataclass(frozen=True)
class Part(Generic[M]):
    """One part of a list, with the addresses of the next part and, unless this is it, of the first."""

    rows: Sequence[M]
    next_url: str
    first_url: str


def newest(request: HttpRequest, rows: QuerySet[M], *, size: int = SIZE) -> Part[M]:
    """Newest first; keys are time-ordered, so they are the order."""
    after = _uuid(request.GET.get("after", ""))
    rows = rows.filter(pk__lt=after) if after else rows
    return _part(request, list(rows.order_by("-pk")[: size + 1]), size, lambda row: str(row.pk), bool(after))


def by_moment(request: HttpRequest, rows: QuerySet[M], moment: str, *, oldest: bool, size: int = SIZE) -> Part[M]:
    """Ordered by a moment and then by key, in either direction."""
    at, _, key = request.GET.get("after", "").partition("_")
    when, pk = _moment(at), _uuid(key)
    if when and pk:
        past, beside = ("gt", "lt") if oldest else ("lt", "gt")
        rows = rows.filter(Q(**{f"{moment}__{past}": when}) | Q(**{moment: when, f"pk__{beside}": pk}))
    order = (moment, "-pk") if oldest else (f"-{moment}", "pk")
    found = list(rows.order_by(*order)[: size + 1])
    return _part(request, found, size, lambda row: f"{getattr(row, moment).isoformat()}_{row.pk}", bool(when))


def _part(request: HttpRequest, found: list[M], size: int, token: object, later: bool) -> Part[M]:
    rows, more = found[:size], len(found) > size
    following = _url(request, token(rows[-1])) if more else ""  # type: ignore[operator]
    return Part(rows, following, _url(request, "") if later else "")


def _url(request: HttpRequest, after: str) -> str:
    query = {name: value for name, value in request.GET.items() if name != "after" and value}
    query |= {"after": after} if after else {}
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
