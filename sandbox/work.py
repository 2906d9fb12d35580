"""One unit of work on the store: loads and saves typed records, remembers what it did and whom to tell."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar, cast

import msgspec

from sandbox import clock
from sandbox.errors import not_found
from sandbox.resources import RESOURCES, Resource
from sandbox.shapes import Company, Payment, Supplier
from sandbox.shapes.scalars import Record
from sandbox.store import Store, next_id

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Effect:
    """A record that was written: `operation` is create, update, deactivate, approve, …"""

    operation: str
    kind: str
    id: str


@dataclass(frozen=True)
class Change:
    """What receivers of webhooks are told."""

    type: str
    kind: str
    id: str
    company_id: str | None
    at: str


@dataclass(frozen=True)
class Lag:
    """Seconds until something new is found by a search, and whether lists lag too."""

    seconds: float = 0.0
    lists: bool = False


@dataclass
class Work:
    """Lives inside one transaction of the store."""

    db: sqlite3.Connection
    store: Store
    lag: Lag = Lag()
    effects: list[Effect] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def text(self, kind: str, record_id: str) -> str:
        """The JSON of a record; raises 404."""
        row = self.db.execute("SELECT body FROM objects WHERE kind = ? AND id = ?", (kind, record_id)).fetchone()
        if row is None:
            raise not_found(f"There is no {RESOURCES[kind].title} {record_id}.")
        return cast(str, row[0])

    def get(self, shape: type[R], record_id: str) -> R:
        """A record as a value; raises 404."""
        return msgspec.json.decode(self.text(KINDS[shape], record_id), type=shape)

    def children(self, shape: type[R], parent_id: str) -> list[R]:
        """The records that belong to another one, oldest first."""
        found = self.db.execute(
            "SELECT body FROM objects WHERE kind = ? AND parent = ? ORDER BY id", (KINDS[shape], parent_id)
        )
        return [msgspec.json.decode(row[0], type=shape) for row in found]

    def of_company(self, shape: type[R], company_id: str | None) -> list[R]:
        """The records of one company and those shared by all, by id."""
        found = self.db.execute(
            "SELECT body FROM objects WHERE kind = ? AND (company = ? OR company IS NULL) ORDER BY id",
            (KINDS[shape], company_id),
        )
        return [msgspec.json.decode(row[0], type=shape) for row in found]

    def missing(self, kind: str, ids: Iterable[str]) -> str | None:
        """The first of the ids that does not exist."""
        query = "SELECT 1 FROM objects WHERE kind = ? AND id = ?"
        return next((i for i in ids if self.db.execute(query, (kind, i)).fetchone() is None), None)

    def lookup(self, kind: str, key: str) -> list[str]:
        """Ids of the companies or suppliers with this key (see `lookup_keys`)."""
        found = self.db.execute("SELECT id FROM lookups WHERE kind = ? AND key = ? ORDER BY id", (kind, key))
        return [row[0] for row in found]

    def add(self, record: R, *, operation: str = "create", event: str = "created") -> R:
        """Gives the record its id, its stamps and version 1, and keeps it."""
        resource = RESOURCES[KINDS[type(record)]]
        at = self.store.stamp()
        record.id = record.id or next_id(self.db, resource.name, resource.prefix)
        record.version, record.created_at, record.updated_at = 1, record.created_at or at, record.updated_at or at
        self._put(resource, record)
        self._note(resource, record, operation, event)
        return record

    def save(self, record: R, *, operation: str = "update", event: str = "updated", silent: bool = False) -> R:
        """Keeps a changed record. `silent` leaves `updatedAt` and tells nobody: the change no cursor sees."""
        resource = RESOURCES[KINDS[type(record)]]
        record.version += 1
        if not silent:
            record.updated_at = self.store.stamp()
        self._put(resource, record)
        self._note(resource, record, operation, "" if silent else event)
        return record

    def _put(self, resource: Resource, record: Record) -> None:
        fresh = record.version == 1
        visible = clock.later(record.updated_at, self.lag.seconds) if fresh and self.lag.seconds else ""
        self.db.execute(
            "INSERT INTO objects (kind, id, company, updated_at, version, reference, number, parent, status, approved,"
            " searched_from, listed_from, body) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (kind, id) DO UPDATE SET"
            " company = excluded.company, updated_at = excluded.updated_at, version = excluded.version,"
            " reference = excluded.reference, number = excluded.number, parent = excluded.parent,"
            " status = excluded.status, approved = excluded.approved, body = excluded.body",
            (
                *(resource.name, record.id, record.company_id, record.updated_at, record.version),
                *(record.external_reference, getattr(record, resource.number)),
                getattr(record, resource.parent) if resource.parent else None,
                getattr(record, "status", None),
                int(getattr(record, "first_approved_at", None) is not None),
                *(visible, visible if self.lag.lists else "", msgspec.json.encode(record).decode()),
            ),
        )
        self._index(resource.name, record, fresh=fresh)

    def _index(self, kind: str, record: Record, *, fresh: bool) -> None:
        keys = lookup_keys(record)
        if keys or isinstance(record, Supplier | Company | Payment):
            if not fresh:
                self.db.execute("DELETE FROM lookups WHERE kind = ? AND id = ?", (kind, record.id))
            values = [(kind, key, record.id) for key in keys]
            self.db.executemany("INSERT OR IGNORE INTO lookups (kind, key, id) VALUES (?, ?, ?)", values)

    def _note(self, resource: Resource, record: Record, operation: str, event: str) -> None:
        self.effects.append(Effect(operation, resource.name, record.id))
        if resource.event and event:
            change = f"{resource.event}.{event}"
            self.changes.append(Change(change, resource.name, record.id, record.company_id, record.updated_at))


KINDS: dict[type[Record], str] = {resource.shape: name for name, resource in RESOURCES.items()}


def kind_of(record: Record) -> str:
    """The resource a record belongs to."""
    return KINDS[type(record)]


def squeezed(text: str) -> str:
    """Letters and digits only, folded, for comparing tax ids and names."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def lookup_keys(record: Record) -> list[str]:
    """What a company or supplier is recognised by on a document (`tax:…`, `name:…`), a payment by its bills."""
    if isinstance(record, Payment):
        return [f"bill:{part.bill_id}" for part in record.allocations]
    if isinstance(record, Supplier):
        taxes = [identifier.number for identifier in record.tax_identifiers]
        names = [record.display_name, record.trade_name or ""]
    elif isinstance(record, Company):
        taxes, names = [record.tax_id or ""], [record.name]
    else:
        return []
    keys = [f"tax:{squeezed(tax)}" for tax in taxes if squeezed(tax)]
    return keys + [f"name:{squeezed(name)}" for name in names if squeezed(name)]
