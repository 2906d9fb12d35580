"""The control plane: settings, seeds, faults, and the truth (request log and full state). Not part of the product
interface; needs the header `X-Stand-In-Control`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from sandbox import requestlog, seeding
from sandbox.calls import Call, Result, answer, typed
from sandbox.errors import ApiError, invalid, not_found
from sandbox.faults import Drift, FaultRule
from sandbox.resources import RESOURCES
from sandbox.service import Service
from sandbox.settings import Settings
from sandbox.store import LOG_TABLES, RECORD_TABLES
from sandbox.webhooks import prepared
from sandbox.work import Work

Verb = Callable[[Service, Call], Result]
VERBS: dict[tuple[str, str], Verb] = {}
BASE = "/_control"


def verb(method: str, path: str) -> Callable[[Verb], Verb]:
    """Registers a verb of the control plane."""

    def keep(function: Verb) -> Verb:
        VERBS[(method, BASE + path)] = function
        return function

    return keep


def handle(service: Service, call: Call) -> Result:
    """Answers one call of the control plane; raises ApiError."""
    if "x-stand-in-control" not in call.headers:
        raise ApiError(403, "controlHeader", "The control plane needs the header X-Stand-In-Control: yes.")
    found = VERBS.get((call.method, call.path))
    if found is None:
        raise not_found(f"The control plane has no {call.method} {call.path}.")
    return found(service, call)


@verb("GET", "/health")
def health(service: Service, call: Call) -> Result:
    """{"pending", "webhooks"}: dropped calls that will still be applied, notifications not delivered yet."""
    waiting = {"pending": service.pending(), "webhooks": service.webhooks.pending()}
    return answer({"ok": True, "standIn": True, **waiting})


@verb("POST", "/reset")
def reset(service: Service, call: Call) -> Result:
    """Forgets records, faults and settings; the request log too only with {"log": true}. Seeds the default house."""
    data = call.json()
    service.forget()
    service.store.wipe(RECORD_TABLES)
    if data.get("log") is True:
        service.store.wipe(LOG_TABLES)
    if data.get("house", True):
        seeding.default_house(service)
    return answer({"ok": True})


@verb("POST", "/seed")
def seed(service: Service, call: Call) -> Result:
    """{"suppliers": [...], ...} → ids by kind. Shapes are checked, rules are not; ids and stamps may be given."""
    return answer(seeding.seed(service, call.json()), 201)


@verb("POST", "/edit")
def edit(service: Service, call: Call) -> Result:
    """{"kind", "id", "fields", "silent"}: changes a record past all rules; silent = `updatedAt` does not move."""
    data = call.json()
    kind, silent = _kind(data), data.get("silent") is True
    with service.store.transaction() as db:
        work = Work(db, service.store)
        record = work.get(RESOURCES[kind].shape, data.get("id", ""))
        work.save(typed({**msgspec.to_builtins(record), **data.get("fields", {})}, type(record)), silent=silent)
        result, waiting = Result(200, work.text(kind, record.id).encode()), prepared(db, work.changes)
    service.webhooks.send(waiting)
    return result


@verb("POST", "/remove")
def remove(service: Service, call: Call) -> Result:
    """{"kind", "ids"}: makes records vanish without a trace."""
    data = call.json()
    kind = _kind(data)
    with service.store.transaction() as db:
        for record_id in data.get("ids", []):
            db.execute("DELETE FROM objects WHERE kind = ? AND id = ?", (kind, record_id))
            db.execute("DELETE FROM lookups WHERE kind = ? AND id = ?", (kind, record_id))
    return answer({"ok": True})


@verb("GET", "/settings")
def show_settings(service: Service, call: Call) -> Result:
    """The settings in force."""
    return answer(service.settings)


@verb("PATCH", "/settings")
def change_settings(service: Service, call: Call) -> Result:
    """Changes the settings that are sent."""
    service.use(typed({**msgspec.to_builtins(service.settings), **call.json()}, Settings))
    return answer(service.settings)


@verb("POST", "/faults")
def add_fault(service: Service, call: Call) -> Result:
    """Puts a `FaultRule` in force."""
    return answer(service.faults.add(typed(call.json(), FaultRule)), 201)


@verb("GET", "/faults")
def show_faults(service: Service, call: Call) -> Result:
    """The rules in force, how often each fired, and the drifts."""
    faults = service.faults
    return answer({"rules": faults.rules(), "fired": dict(faults.fired), "drifts": faults.drifts})


@verb("DELETE", "/faults")
def clear_faults(service: Service, call: Call) -> Result:
    """Takes one rule (?id=) or everything out of force."""
    if rule_id := call.query.get("id"):
        return answer({"ok": service.faults.remove(rule_id)})
    service.faults.clear()
    return answer({"ok": True})


@verb("POST", "/drift")
def add_drift(service: Service, call: Call) -> Result:
    """Puts a `Drift` in force until the faults are cleared."""
    service.faults.drifts = [*service.faults.drifts, typed(call.json(), Drift)]
    return answer({"ok": True}, 201)


@verb("GET", "/log")
def log(service: Service, call: Call) -> Result:
    """The request log after `?after=`, at most `?limit=` lines (10,000); `?writes=true` leaves out reads."""
    after, limit = _number(call, "after", 0), _number(call, "limit", 10_000)
    with service.store.transaction() as db:
        found = requestlog.entries(db, after=after, limit=limit, writes=call.query.get("writes") == "true")
    return answer({"data": found, "last": found[-1].seq if found else after})


@verb("GET", "/deliveries")
def deliveries(service: Service, call: Call) -> Result:
    """Every attempt to deliver a webhook after `?after=`, and what came of it."""
    query = "SELECT * FROM deliveries WHERE seq > ? ORDER BY seq LIMIT 10000"
    with service.store.transaction() as db:
        return answer({"data": [dict(row) for row in db.execute(query, (_number(call, "after", 0),))]})


@verb("GET", "/state")
def state(service: Service, call: Call) -> Result:
    """Every record as {"kind": [...]}; `?kind=` narrows to some, separated by commas."""
    wanted = call.query.get("kind", ",".join(RESOURCES)).split(",")
    with service.store.transaction() as db:
        parts = [f'"{kind}":[{",".join(_bodies(db, kind))}]' for kind in wanted]
    return Result(200, ("{" + ",".join(parts) + "}").encode())


def _bodies(db: sqlite3.Connection, kind: str) -> Iterator[str]:
    return (row[0] for row in db.execute("SELECT body FROM objects WHERE kind = ? ORDER BY id", (kind,)))


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise invalid(f"{name} must be a whole number.", field=name)
    return int(text)


def _kind(data: dict[str, Any]) -> str:
    kind = data.get("kind")
    if kind not in RESOURCES:
        raise invalid(f"kind must be one of {', '.join(RESOURCES)}.", field="kind")
    return str(kind)
