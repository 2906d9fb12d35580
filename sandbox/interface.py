"""The whole interface: every operation of every module, and how a call finds its own."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, MapAdapter, Rule

from sandbox import routes_bills, routes_files
from sandbox.calls import Call
from sandbox.errors import ApiError
from sandbox.routes import BASE, SHARED, Route

OPERATIONS: dict[str, Route] = {
    item.name: item for table in (SHARED, routes_bills.TABLE, routes_files.TABLE) for item in table
}


class Finder:
    """Finds the operation of a call."""

    def __init__(self) -> None:
        rules = [Rule(BASE + item.path, methods=[item.method], endpoint=item.name) for item in OPERATIONS.values()]
        self._adapter: MapAdapter = Map(rules, strict_slashes=True).bind("stand-in")

    def find(self, call: Call) -> tuple[Route, dict[str, Any]]:
        """The operation and its path parameters; raises 404 or 405."""
        try:
            name, parameters = self._adapter.match(call.path, method=call.method)
        except MethodNotAllowed as fault:
            raise ApiError(405, "methodNotAllowed", f"{call.method} is not possible here.") from fault
        except HTTPException as fault:
            raise ApiError(404, "unknownPath", f"There is nothing at {call.path}. See /api/openapi.json.") from fault
        return OPERATIONS[name], dict(parameters)
