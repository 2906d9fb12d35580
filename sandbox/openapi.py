"""The OpenAPI 3.1 document, made from the very tables and shapes that answer the calls."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from sandbox import listing
from sandbox.ap.content import FIELDS, WIRE
from sandbox.interface import OPERATIONS
from sandbox.resources import RESOURCES, Resource
from sandbox.routes import BASE, Route
from sandbox.shapes import requests

Json = dict[str, Any]
_ASKED = (requests.Act, requests.Decide, requests.Because, requests.Codings, requests.ErpReport)
_GIVEN = (requests.Me, requests.KeyAndVersion, requests.DocumentReport, requests.Refusal)
_ABOUT = """A stand-in for an AP automation service, for demonstrations, training and tests. It is not a product.

Amounts are decimal strings. A PATCH sets the fields it names to the values it names; lists are replaced as a whole,
except `companySettings` of a supplier, which is merged by company. Creating twice makes two. Lists come in ascending
order of (updatedAt, id); `updatedSince` is inclusive. Webhooks follow Standard Webhooks (webhook-id,
webhook-timestamp, webhook-signature) and carry {type, timestamp, data: {id, kind, companyId}}."""


def document(base_url: str) -> Json:
    """The document, with the address it was asked at."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stand-in AP service", "version": "1", "description": _ABOUT},
        "servers": [{"url": base_url}],
        "security": [{"token": []}, {"oauth2": []}],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "securitySchemes": _security()},
    }


def _paths() -> Json:
    paths: Json = {}
    for item in OPERATIONS.values():
        path = BASE + re.sub(r"<(?:int:)?(\w+)>", lambda found: f"{{{listing.camel(found[1])}}}", item.path)
        paths.setdefault(path, {})[item.method.lower()] = _operation(item)
    return paths


def _operation(item: Route) -> Json:
    found: Json = {
        "operationId": item.name,
        "summary": item.summary,
        "parameters": [*_path_parameters(item), *_query_parameters(item)],
        "responses": {str(item.status): _answer(item), "default": _refusal()},
    }
    if item.body:
        found["requestBody"] = {"required": True, "content": _content(item.body)}
    return found


def _answer(item: Route) -> Json:
    return {"description": item.summary, "content": _content(item.gives)}


def _refusal() -> Json:
    return {"description": "Refused; `error.message` says what to do", "content": _content("Refusal")}


def _content(name: str) -> Json:
    if name == "*":
        return {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    return {"application/json": {"schema": _ref(name)}}


def _path_parameters(item: Route) -> list[Json]:
    return [
        {
            "name": listing.camel(name),
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if kind else "string"},
        }
        for kind, name in re.findall(r"<(int:)?(\w+)>", item.path)
    ]


def _query_parameters(item: Route) -> list[Json]:
    if item.name == "documentReport":
        return [_query(name, "") for name in ("type", "companyId", "asOf", "after")]
    if item.name in ("uploadInvoice", "attachFile"):
        return [_query(name, "") for name in ("fileName", "companyId")]
    if item.resource is None or not item.gives.endswith("Page"):
        return []
    known = listing.filters(item.resource)
    if item.gives == "KeyPage":
        known = {name: known[name] for name in ("companyId", "approvedOnce") if name in known}
    paging = {"limit": f"1 to {listing.MAX_LIMIT}", "pageToken": "of the page before"}
    return [_query(name, about) for name, about in {**known, **paging}.items()]


def _query(name: str, about: str) -> Json:
    return {"name": name, "in": "query", "required": False, "description": about, "schema": {"type": "string"}}


def _schemas() -> Json:
    shapes = [resource.shape for resource in RESOURCES.values()]
    _, found = msgspec.json.schema_components([*shapes, *_ASKED, *_GIVEN], ref_template="#/components/schemas/{name}")
    schemas: Json = {name: _complete(schema) for name, schema in found.items()}
    for shape in _ASKED:
        schemas[shape.__name__] = found[shape.__name__]
    for resource in RESOURCES.values():
        schemas |= _of_resource(resource, found[resource.title])
    schemas["KeyPage"] = _page("KeyAndVersion")
    schemas["BillContent"] = _bill_content(found["Bill"])
    schemas["Refusal"] = found["Refusal"]
    return schemas


def _complete(schema: Json) -> Json:
    """Answers carry every field, empty ones too."""
    return {**schema, "required": list(schema["properties"])} if "properties" in schema else schema


def _of_resource(resource: Resource, schema: Json) -> Json:
    given = {name: part for name, part in schema["properties"].items() if name not in resource.read_only}
    required = [name for name in schema["required"] if name in given]
    if not resource.shared:
        required.append("companyId")
    written = {**schema, "properties": given, "required": required}
    return {
        f"{resource.title}Page": _page(resource.title),
        f"{resource.title}Write": {**written, "title": f"{resource.title}Write"},
        f"{resource.title}Patch": {**written, "title": f"{resource.title}Patch", "required": []},
    }


def _page(title: str) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["data", "nextPageToken"],
        "properties": {
            "data": {"type": "array", "items": _ref(title)},
            "nextPageToken": {"type": ["string", "null"], "description": "null on the last page"},
        },
    }


def _bill_content(schema: Json) -> Json:
    """What is approved of a bill: see `sandbox.ap.content`."""
    names = [WIRE[name] for name in FIELDS]
    properties = {name: schema["properties"][name] for name in names}
    return {"type": "object", "additionalProperties": False, "required": names, "properties": properties}


def _security() -> Json:
    flow = {"tokenUrl": "/oauth/token", "scopes": {"ap": "everything"}}
    return {
        "token": {"type": "http", "scheme": "bearer"},
        "oauth2": {"type": "oauth2", "flows": {"clientCredentials": flow}},
    }


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
