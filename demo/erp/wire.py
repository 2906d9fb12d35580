"""How a user's program speaks to the ERP: REST with the user's key, and the desktop client's JSON-RPC for wizards."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

Json = dict[str, Any]


class ErpRefused(Exception):
    """The ERP did not do what its user asked; the text is the ERP's own."""


def tagged(value: Any) -> Any:
    """Dates and decimals in the ERP's JSON dialect."""
    match value:
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
        case date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case dict():
            return {key: tagged(inner) for key, inner in value.items()}
        case list() | tuple():
            return [tagged(inner) for inner in value]
        case _:
            return value


def _packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(tagged(value)).encode()).decode()


@dataclass
class Wire:
    """One user at one ERP."""

    base_url: str
    database: str
    login: str
    password: str = field(repr=False)
    key: str = field(repr=False)
    _session: str = field(default="", repr=False)

    def get(self, model: str, domain: list[Any], *fields: str, company: int) -> list[Json]:
        params = [("d", _packed(domain)), ("o", _packed([["id", "ASC"]])), *(("f", name) for name in fields)]
        found: list[Json] = self._rest("GET", f"{model}?{urlencode(params)}", None, company)
        return found

    def post(self, path: str, values: Json, *fields: str, company: int) -> Json:
        """Creates a record (`model`) or presses a button (`model/id/button`)."""
        wanted = urlencode([("f", name) for name in fields or ("id",)])
        made: Json = self._rest("POST", f"{path}?{wanted}", values, company)
        return made

    def put(self, model: str, record: int, values: Json, *, company: int) -> None:
        self._rest("PUT", f"{model}/{record}?f=id", values, company)

    def delete(self, model: str, record: int, *, company: int) -> None:
        self._rest("DELETE", f"{model}/{record}", None, company)

    def wizard(self, name: str, model: str, record: int, forms: dict[str, Json], *steps: str, company: int) -> None:
        """Walks a wizard: `forms` holds what is typed into each of its windows, `steps` the states it goes through."""
        context = {"company": company, "active_model": model, "active_id": record, "active_ids": [record]}
        wizard, *_ = self._rpc(f"wizard.{name}.create", {})
        for step in steps:
            self._rpc(f"wizard.{name}.execute", wizard, tagged(forms), step, context)
        self._rpc(f"wizard.{name}.delete", wizard, context)

    def _rest(self, method: str, path: str, values: Json | None, company: int) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "X-Tryton-Context": _packed({"company": company})}
        return self._send(method, f"/{self.database}/rest/model/{path}", values, headers)

    def _rpc(self, method: str, *params: Any) -> Any:
        if not self._session:
            user, token, *_ = self._call("common.db.login", [self.login, {"password": self.password}, "en"], {})
            self._session = base64.b64encode(f"{self.login}:{user}:{token}".encode()).decode()
        return self._call(method, list(params), {"Authorization": f"Session {self._session}"})

    def _call(self, method: str, params: list[Any], headers: dict[str, str]) -> Any:
        answer = self._send("POST", f"/{self.database}/rpc/", {"id": 1, "method": method, "params": params}, headers)
        if "error" in answer:
            raise ErpRefused(str(answer["error"]))
        return answer["result"]

    def _send(self, method: str, path: str, values: Any, headers: dict[str, str]) -> Any:
        content = None if values is None else json.dumps(tagged(values)).encode()
        headers = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(self.base_url + path, data=content, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as refusal:
            raise ErpRefused(f"{method} {path.partition('?')[0]}: {refusal.code} {refusal.read()[:500]!r}") from refusal
