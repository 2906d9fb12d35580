"""The table of what can be called, and the verbs every kind of record shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import listing, writing
from sandbox.calls import Call, Result, answer
from sandbox.resources import RESOURCES, Resource
from sandbox.work import Work

BASE = "/api/v1"
Handler = Callable[..., Result]  # (work, call, **path parameters)


@dataclass(frozen=True)
class Route:
    """One operation. `body` and `gives` name schemas of the OpenAPI document ("" = none, "*" = any bytes)."""

    method: str
    path: str  # werkzeug pattern below /api/v1
    name: str
    summary: str
    handler: Handler
    body: str = ""
    gives: str = ""
    status: int = 200
    resource: Resource | None = None


class Operations(list[Route]):
    """A table of operations that handlers add themselves to."""

    def route(self, method: str, path: str, name: str, summary: str, **more: Any) -> Callable[[Handler], Handler]:
        """Decorates a handler."""

        def keep(handler: Handler) -> Handler:
            self.append(Route(method, path, name, summary, handler, **more))
            return handler

        return keep


SHARED = Operations()


def record_answer(text: str, status: int = 200) -> Result:
    """A record as it is kept."""
    return Result(status, text.encode())


def page_answer(texts: list[str], token: str | None) -> Result:
    """A page of records without serialising them again."""
    tail = "null" if token is None else f'"{token}"'
    return Result(200, f'{{"data":[{",".join(texts)}],"nextPageToken":{tail}}}'.encode())


def _list(resource: Resource) -> Handler:
    return lambda work, call: page_answer(*listing.page(work.db, resource, call.query))


def _keys(resource: Resource) -> Handler:
    def handler(work: Work, call: Call) -> Result:
        data, token = listing.keys(work.db, resource, call.query)
        return answer({"data": data, "nextPageToken": token})

    return handler


def _get(resource: Resource) -> Handler:
    return lambda work, call, record_id: record_answer(work.text(resource.name, record_id))


def _create(resource: Resource) -> Handler:
    def handler(work: Work, call: Call) -> Result:
        record = writing.create(work, resource, call.json())
        return record_answer(work.text(resource.name, record.id), 201)

    return handler


def _patch(resource: Resource) -> Handler:
    def handler(work: Work, call: Call, record_id: str) -> Result:
        writing.patch(work, resource, record_id, call.json())
        return record_answer(work.text(resource.name, record_id))

    return handler


def _deactivate(resource: Resource) -> Handler:
    def handler(work: Work, call: Call, record_id: str) -> Result:
        record: Any = work.get(resource.shape, record_id)
        if record.status != "inactive":
            record.status = "inactive"
            work.save(record, operation="deactivate", event="deactivated")
        return record_answer(work.text(resource.name, record_id))

    return handler


def _add_shared_verbs(resource: Resource) -> None:
    path, title, many = f"/{resource.name}", resource.title, f"{resource.title}Page"
    one = f"{path}/<record_id>"

    def add(method: str, where: str, verb: str, summary: str, handler: Handler, **more: Any) -> None:
        SHARED.append(Route(method, where, f"{verb}{title}", summary, handler, resource=resource, **more))

    add("GET", path, "list", f"Pages of {resource.name}, oldest change first", _list(resource), gives=many)
    add("GET", f"{path}/keys", "listKeysOf", "Every id with its version", _keys(resource), gives="KeyPage")
    add("GET", one, "get", f"One of {resource.name}", _get(resource), gives=title)
    if resource.create:
        summary = "Create; the same call twice makes two"
        add("POST", path, "create", summary, _create(resource), body=f"{title}Write", gives=title, status=201)
    if resource.patch:
        summary = "Change the fields that are sent, to the values that are sent"
        add("PATCH", one, "patch", summary, _patch(resource), body=f"{title}Patch", gives=title)
    if resource.deactivate:
        summary = "Set inactive; never deleted"
        add("POST", f"{one}/deactivate", "deactivate", summary, _deactivate(resource), gives=title)


for _resource in RESOURCES.values():
    _add_shared_verbs(_resource)


@SHARED.route("GET", "/me", "me", "Who answers here", gives="Me")
def _me(work: Work, call: Call) -> Result:
    companies, _ = listing.page(work.db, RESOURCES["companies"], {"limit": "500"})
    head = '{"service":"Stand-in AP service","standIn":true,"companies":['
    return Result(200, (head + ",".join(companies) + "]}").encode())
