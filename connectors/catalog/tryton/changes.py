"""What changed since a cursor, in order, although the ERP keeps the time of a change on the row and not on the record.

Editing an address does not touch the party it belongs to. So each object names its *traces*: every table whose rows
belong to a record, and the path from a row to its record. The traces are read in (time, id) order and merged; a
record is handed out once, at its latest change. For that its body must hold the time of every row that leaves a trace.

Cursor: {"at": {trace: [time, id]}, "ended": [traces read to their end], "asof": server time, when the pass was over}.
A transaction can make rows visible that are older than what was read before; therefore a new pass starts no later
than `asof` less OVERLAP, the longest a request may take in the ERP.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from connectors.base import Json
from connectors.catalog.tryton.dialect import moment, stamp
from connectors.catalog.tryton.rest import Domain, Rest

OVERLAP = timedelta(seconds=60)


def traces(root: str, *children: tuple[str, str]) -> tuple[Trace, ...]:
    """A record's own table and its children's, as (model, path to the record)."""
    return (Trace(root, root), *(Trace(root, model, path) for model, path in children))


@dataclass(frozen=True)
class Trace:
    """A table whose rows tell of changes to records of `root`. `path` leads there ("" = the row is the record)."""

    root: str
    model: str
    path: str = ""
    reference: bool = False  # the path ends in a field that may point to records of several models
    only: tuple[Any, ...] = ()  # a further condition on the row itself

    @property
    def name(self) -> str:
        return f"{self.root}<{self.model}.{self.path}" if self.path else self.model

    @property
    def field(self) -> str:
        """What to ask the row for, so that it names its record."""
        return self.path if self.reference else f"{self.path}.id" if self.path else "id"

    def within(self, scope: Domain) -> Domain:
        """The record's own conditions as seen from the row."""
        return [self._seen(condition) for condition in scope] + ([list(self.only)] if self.only else [])

    def _seen(self, condition: list[Any]) -> list[Any]:
        if condition[0] in ("OR", "AND") or isinstance(condition[0], list):
            return [self._seen(one) if isinstance(one, list) else one for one in condition]
        field, *rest = condition
        return [f"{self.path}.{field}" if self.path else field, *rest, *([self.root] if self.reference else [])]

    def records(self, row: Json) -> tuple[str, ...]:
        """The ids of the records this row belongs to."""
        found: list[Any] = [row]
        for name in self.path.split(".") if self.path else ():
            found = [inner for one in found for inner in _many(one.get(name))]
        return tuple(_id(one) for one in found)


class Change(NamedTuple):
    """One row's change; sorts by time."""

    time: str
    trace: int
    row: int
    records: tuple[tuple[str, str], ...]  # (model, id)


class Changed(NamedTuple):
    """Records touched on a page, in the order of their last change on it."""

    records: list[tuple[tuple[str, str], str]]  # ((model, id), time)
    cursor: Json
    more: bool


def changed(rest: Rest, scoped: Sequence[tuple[Trace, Domain]], cursor: Json | None, limit: int) -> Changed:
    """The next page of changes after the cursor, at most `limit` records."""
    state = _resumed(cursor)
    asof, rows, whole = "", [], set()
    for index, (trace, scope) in enumerate(scoped):
        if trace.name in state["ended"]:
            continue
        found = _rows(rest, trace, index, scope, state["at"].get(trace.name), limit)
        asof = asof or _utc(rest.served_at)
        rows += found
        if len(found) < limit:
            whole.add(index)
    rows.sort()
    ends = {row.trace: row for row in rows}  # the last one of each trace
    horizon = min((row for index, row in ends.items() if index not in whole), default=None)
    records, taken = _taken(rows, horizon, limit)
    for row in rows[:taken]:
        state["at"][scoped[row.trace][0].name] = [row.time, row.row]
    left = {row.trace for row in rows[taken:]}
    state["ended"] += [scoped[index][0].name for index in sorted(whole - left)]
    return Changed(records, *_closed(state, len(scoped), cursor, asof))


def since_cursor(traces: Iterable[Trace], since: datetime) -> Json:
    """The cursor of a pass that begins with the changes of that moment."""
    return {"at": {trace.name: [stamp(since), 0] for trace in traces}, "ended": []}


def latest(body: Any) -> str:
    """Takes the times of change out of a record and its children, and returns the latest."""
    times = [""]
    if isinstance(body, dict):
        times.append(body.pop("last_modified_at", None) or "")
        times += [latest(inner) for inner in body.values()]
    elif isinstance(body, list):
        times += [latest(inner) for inner in body]
    return max(times)


def version(body: Json) -> str:
    """The content as a short text: also tells of children that were removed, which leave no time behind."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _resumed(cursor: Json | None) -> Json:
    """Where to read on from: the middle of a pass, or a new pass with its overlap."""
    state: Json = {"at": dict((cursor or {}).get("at", {})), "ended": list((cursor or {}).get("ended", []))}
    if not cursor or not cursor.get("asof"):
        return state
    start = stamp(moment(cursor["asof"]) - OVERLAP)
    return {"at": {name: min(at, [start, 0]) for name, at in state["at"].items()}, "ended": []}


def _closed(state: Json, traces: int, before: Json | None, asof: str) -> tuple[Json, bool]:
    """The cursor to keep, and whether there is more. `asof` of a pass is the time of its first request."""
    started = (before or {}).get("began") or asof
    if len(state["ended"]) < traces:
        return {**state, "began": started}, True
    return {"at": state["at"], "ended": [], "asof": started}, False


def _rows(rest: Rest, trace: Trace, index: int, scope: Domain, at: list[Any] | None, limit: int) -> list[Change]:
    domain = trace.within(scope)
    if at:
        time = moment(at[0])
        domain.append(["OR", ["last_modified_at", ">", time], [["last_modified_at", "=", time], ["id", ">", at[1]]]])
    order = [["last_modified_at", "ASC"], ["id", "ASC"]]
    return [
        Change(row["last_modified_at"], index, int(row["id"]), tuple((trace.root, key) for key in trace.records(row)))
        for row in rest.find(trace.model, domain, ["last_modified_at", trace.field], order=order, limit=limit)
    ]


def _taken(rows: Sequence[Change], horizon: Change | None, limit: int) -> tuple[list[Any], int]:
    """As many changes as fit into a page, none beyond what is known of every trace."""
    seen: dict[tuple[str, str], str] = {}
    taken = 0
    for row in rows:
        if (horizon and row > horizon) or len(seen.keys() | set(row.records)) > max(limit, len(row.records)):
            break
        for record in row.records:
            seen.pop(record, None)
            seen[record] = row.time
        taken += 1
    return list(seen.items()), taken


def _many(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else () if value is None else (value,)


def _id(value: Any) -> str:
    """An id out of a nested record, a bare number, or a reference like "account.invoice,5"."""
    return str(value["id"] if isinstance(value, dict) else value).rpartition(",")[2]


def _utc(http_date: str) -> str:
    if not http_date:
        return ""
    told: datetime = parsedate_to_datetime(http_date)
    return stamp(told)
