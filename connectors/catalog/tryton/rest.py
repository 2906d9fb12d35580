"""The ERP's REST interface as verbs: find, get, create, write, act. Answers are plain JSON (see `dialect`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connectors.base import Answer, Client, Json
from connectors.catalog.tryton.dialect import packed, plain, tagged
from connectors.catalog.tryton.refusals import refused
from connectors.errors import ContractBroken

Domain = list[Any]
Fields = Sequence[str]
BATCH = 50  # ids asked for in one address line
_OLDEST_FIRST = [["id", "ASC"]]


class Rest:
    """One company of one database. Reads see deactivated records too; writes see what a user would."""

    def __init__(self, client: Client, database: str, company: str) -> None:
        self.client = client
        self.root = f"/{database}/rest/model"
        self.company = int(company) if company else None
        self.served_at = ""  # the `Date` of the last answer

    def find(
        self, model: str, domain: Domain, fields: Fields, *, order: Any = None, limit: int | None = None
    ) -> list[Json]:
        """The records that match, in the given order (by id without one)."""
        params = [("d", packed(domain)), ("o", packed(order or _OLDEST_FIRST))]
        if limit is not None:
            params.append(("s", str(limit)))
        answer = self._send("GET", model, params + _wanted(fields))
        found = plain(answer.json()) if answer.status == 200 else refused(model, answer)
        if not isinstance(found, list):
            raise ContractBroken("The ERP answered a search with something that is not a list.", detail=str(found))
        return found

    def walk(self, model: str, domain: Domain, fields: Fields, *, batch: int = 200) -> Iterator[Json]:
        """Every record that matches, in ascending id, however many."""
        last = 0
        while page := self.find(model, [*domain, ["id", ">", last]], fields, limit=batch):
            yield from page
            last = int(page[-1]["id"])

    def by_ids(self, model: str, ids: Iterable[str], fields: Fields, domain: Domain | None = None) -> dict[str, Json]:
        """The records with these ids, by id; those that are gone are missing."""
        wanted = sorted({int(one) for one in ids})
        found: dict[str, Json] = {}
        for start in range(0, len(wanted), BATCH):
            some = ["id", "in", wanted[start : start + BATCH]]
            found |= {record["id"]: record for record in self.find(model, [some, *(domain or [])], fields)}
        return found

    def get(self, model: str, record_id: str, fields: Fields) -> Json | None:
        """One record by its id; notes and files can be had in no other way."""
        answer = self._send("GET", f"{model}/{record_id}", _wanted(fields))
        if answer.status == 404:
            return None
        record: Json = plain(answer.json()) if answer.status == 200 else refused(model, answer)
        return record

    def create(self, model: str, values: Mapping[str, Any], fields: Fields) -> Json:
        return self._write("POST", model, values, fields)

    def write(self, model: str, record_id: str, values: Mapping[str, Any], fields: Fields) -> Json:
        return self._write("PUT", f"{model}/{record_id}", values, fields)

    def act(self, model: str, record_id: str, action: str, fields: Fields = ("id",)) -> Json:
        """Presses a button of the record and returns the record after it."""
        return self._write("POST", f"{model}/{record_id}/{action}", {}, fields)

    def delete(self, model: str, record_id: str) -> None:
        answer = self._send("DELETE", f"{model}/{record_id}", [], writes=True)
        if answer.status not in (204, 404):
            refused(model, answer)

    def _write(self, method: str, path: str, values: Mapping[str, Any], fields: Fields) -> Json:
        content = json.dumps(tagged(values)).encode()
        answer = self._send(method, path, _wanted(fields), content=content, writes=True)
        if answer.status == 204:  # done, but the user may not read the result
            return {}
        record: Json = plain(answer.json()) if answer.status == 200 else refused(path, answer)
        return record

    def _send(
        self,
        method: str,
        path: str,
        params: list[tuple[str, str]],
        *,
        content: bytes | None = None,
        writes: bool = False,
    ) -> Answer:
        context: Json = {} if writes else {"active_test": False}
        if self.company is not None:
            context["company"] = self.company
        headers = {"X-Tryton-Context": packed(context), "Content-Type": "application/json"}
        answer = self.client.request(
            method, f"{self.root}/{path}", params=params, content=content, headers=headers, writes=writes
        )
        self.served_at = answer.headers.get("Date", "")
        return answer


def _wanted(fields: Fields) -> list[tuple[str, str]]:
    return [("f", field) for field in fields]
