"""Pages of records by (updatedAt, id), pages of ids, and the filters a list understands."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import clock
from sandbox.errors import ApiError
from sandbox.resources import Resource
from sandbox.store import rows

DEFAULT_LIMIT = 100
MAX_LIMIT = 500


@dataclass(frozen=True)
class Selection:
    """A WHERE clause and its values."""

    where: str
    values: tuple[Any, ...]


def camel(name: str) -> str:
    """`bill_id` → `billId`."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


def filters(resource: Resource) -> dict[str, str]:
    """The filters a list understands and what each means, for the list itself and for OpenAPI."""
    found = {
        "companyId": "records of this company and those shared by all",
        "updatedSince": "changed at or after this instant",
        "externalReference": "carrying this reference of yours",
        "status": "in one of these states, separated by commas",
        camel(resource.number): "known by exactly this",
    }
    if resource.parent:
        found[camel(resource.parent)] = "belonging to this record"
    if resource.name == "bills":
        found["approvedOnce"] = "true: approved now or at any time before"
    return found


def page(db: sqlite3.Connection, resource: Resource, query: Mapping[str, str]) -> tuple[list[str], str | None]:
    """The JSON texts of one page and the token of the next."""
    limit = _limit(query)
    chosen = _selection(resource, query)
    where, values = chosen.where, chosen.values
    if token := query.get("pageToken"):
        at, _, last = _unsealed(token).partition("|")
        where, values = f"{where} AND (updated_at, id) > (?, ?)", (*values, at, last)
    order = "+updated_at, id" if _columns(resource).keys() & query.keys() else "updated_at, id"  # + : not by time
    found = rows(
        db,
        f"SELECT updated_at, id, body FROM objects WHERE {where} ORDER BY {order} LIMIT ?",
        (*values, limit + 1),
    )
    texts = [row["body"] for row in found[:limit]]
    if len(found) <= limit:
        return texts, None
    last_row = found[limit - 1]
    return texts, _sealed(f"{last_row['updated_at']}|{last_row['id']}")


def keys(db: sqlite3.Connection, resource: Resource, query: Mapping[str, str]) -> tuple[list[Any], str | None]:
    """Ids with their versions, by id; `companyId` and `approvedOnce` are honoured."""
    limit = _limit(query)
    chosen = _selection(resource, {key: value for key, value in query.items() if key in ("companyId", "approvedOnce")})
    after = _unsealed(query["pageToken"]) if query.get("pageToken") else ""
    found = rows(
        db,
        f"SELECT id, version FROM objects WHERE {chosen.where} AND id > ? ORDER BY id LIMIT ?",
        (*chosen.values, after, limit + 1),
    )
    data = [{"id": row["id"], "version": row["version"]} for row in found[:limit]]
    return data, _sealed(found[limit - 1]["id"]) if len(found) > limit else None


def _selection(resource: Resource, query: Mapping[str, str]) -> Selection:
    _refuse_unknown(resource, query)
    searching = "externalReference" in query
    terms: list[tuple[str, tuple[Any, ...]]] = [
        ("kind = ?", (resource.name,)),
        (f"{'searched_from' if searching else 'listed_from'} <= ?", (clock.now(),)),
    ]
    if query.get("companyId"):
        terms.append(("(company = ? OR company IS NULL)", (query["companyId"],)))
    if query.get("updatedSince"):
        terms.append(("updated_at >= ?", (_instant(query["updatedSince"]),)))
    if query.get("status"):
        states = tuple(query["status"].split(","))
        terms.append((f"status IN ({','.join('?' * len(states))})", states))
    if query.get("approvedOnce") == "true":
        terms.append(("approved = 1", ()))
    for name, column in _columns(resource).items():
        if name in query:
            terms.append((f"{column} = ?", (query[name],)))
    return Selection(" AND ".join(term for term, _ in terms), tuple(v for _, values in terms for v in values))


def _columns(resource: Resource) -> dict[str, str]:
    named = {"externalReference": "reference", camel(resource.number): "number"}
    return {**named, camel(resource.parent): "parent"} if resource.parent else named


def _refuse_unknown(resource: Resource, query: Mapping[str, str]) -> None:
    known = {*filters(resource), "limit", "pageToken"}
    if unknown := sorted(query.keys() - known):
        raise ApiError(400, "unknownFilter", f"There is no filter {unknown[0]} here.", field=unknown[0])


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(DEFAULT_LIMIT))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_LIMIT:
        raise ApiError(400, "badLimit", f"limit must be a number from 1 to {MAX_LIMIT}.", field="limit")
    return int(text)


def _instant(text: str) -> str:
    try:
        return clock.canonical(text)
    except ValueError as fault:
        message = f"{text} is not an instant; write it like 2026-01-31T00:00:00Z."
        raise ApiError(400, "badInstant", message, field="updatedSince") from fault


def _sealed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unsealed(token: str) -> str:
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
    except ValueError as fault:  # not ASCII, not base64, not UTF-8
        raise ApiError(400, "badPageToken", "This page token is not one of ours.", field="pageToken") from fault
