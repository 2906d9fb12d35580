"""People at the AP service, acting over its interface: they hand in invoices, code and match, approve, look."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from demo.story.table import StoryFault

Json = dict[str, Any]
CLERK, OWNER, DIRECTOR, DEPUTY, FINANCE = "usr-clerk", "usr-owner", "usr-director", "usr-deputy", "usr-finance"


@dataclass(frozen=True)
class Ap:
    """The AP service at an address."""

    base_url: str
    token: str

    def get(self, path: str, **asked: str) -> Json:
        query = f"?{urlencode(asked)}" if asked else ""
        found: Json = json.loads(self._send("GET", path + query))
        return found

    def call(self, method: str, path: str, body: Json) -> Json:
        answer: Json = json.loads(self._send(method, path, json.dumps(body).encode()))
        return answer

    def one(self, kind: str, **asked: str) -> Json | None:
        """The only record that answers to the filters; None where there is none. Two stop the story."""
        found = self.get(f"/{kind}", **asked)["data"]
        if len(found) > 1:
            raise StoryFault(f"the AP service holds {len(found)} {kind} for {asked}, where one was expected")
        return found[0] if found else None

    def hand_in(self, name: str, content: bytes) -> Json:
        """Uploads an e-invoice to the inbox; the bill that was made of it."""
        bill: Json = json.loads(
            self._send("POST", f"/inbox?{urlencode({'fileName': name})}", content, "application/xml")
        )
        return bill

    def file(self, attachment_id: str) -> bytes:
        return self._send("GET", f"/attachments/{attachment_id}/content")

    def approved_content(self, bill: Json) -> bytes:
        """What exactly was approved, byte for byte as it was fingerprinted."""
        return self._send("GET", f"/bills/{bill['id']}/approved-versions/{bill['approvedVersion']}")

    def _send(self, method: str, path: str, data: bytes | None = None, kind: str = "application/json") -> bytes:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        request = urllib.request.Request(f"{self.base_url}/api/v1{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as refusal:
            raise StoryFault(f"the AP service refused {method} {path}: {refusal.read()[:400].decode()}") from refusal
