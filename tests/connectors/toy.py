"""A connector with one object, for tests of what surrounds connectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.auth import BearerToken, OAuth2ClientCredentials
from connectors.base import Check, Company, Connector, Json, Limit, ObjectSpec, Page, RawRecord, Setting


class Toy(Connector):
    """Reads `/things`; with a client id it fetches its token from `/token`."""

    key = "toy"
    label = "Toy"
    role = "erp"
    settings = (
        Setting("base_url", "Address", kind="url"),
        Setting("flavour", "Flavour", kind="choice", required=False, choices=("sweet", "sour")),
        Setting("client_id", "Client id", required=False),
        Setting("token", "Token", kind="secret"),
        Setting("pin", "PIN", kind="secret", required=False),
    )
    objects = {"vendor": ObjectSpec("vendor", "Things")}
    limit = Limit(rate_per_second=500, burst=500, concurrency=2)

    @classmethod
    def auth(cls, settings: Mapping[str, str]) -> Any:
        if client_id := settings.get("client_id"):
            return OAuth2ClientCredentials(f"{settings['base_url']}/token", client_id, settings["token"])
        return BearerToken(settings["token"])

    def check(self) -> Check:
        self.client.request("GET", "/things")
        return Check(True, "The toy answers.")

    def companies(self) -> Sequence[Company]:
        return [Company("1", "Toy")]

    def read(self, obj: str, *, company: str, cursor: Json | None, limit: int) -> Page:
        self.client.request("GET", "/things")
        return Page([], None, more=False)

    def fetch(self, obj: str, external_id: str, *, company: str) -> RawRecord | None:
        return None
