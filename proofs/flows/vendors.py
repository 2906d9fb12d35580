"""Vendors: new ones, changed ones, one that is switched off, one that is not active and must never arrive."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import ClassVar

from proofs.flows.base import Flow, Json, Scene, same

NAMES = (  # noqa: SIM905 - a row of words
    "Initech Globex Umbra Soylent Hooli Vandelay Stark Wayne Acme Wonka Cyber Tyrell Massive Oscorp Duff"
).split()
CITIES = ("Boston", "Köln", "Paris", "Osaka")
KNOWN = 4


class Vendors(Flow):
    """Vendor master, ERP → AP."""

    name = "vendors"
    domain = "vendors"
    kinds: ClassVar[Mapping[str, str]] = {"suppliers": "supplierNumber"}
    inbound: ClassVar[Mapping[str, Sequence[Json]]] = {
        "vendor": [
            *same("vendor_number", "legal_name", "email", "active"),
            {"to": "addresses", "each": "addresses", "fields": same("id", "kind", "street_name", "city_name")},
            {"to": "financial_accounts", "each": "accounts", "fields": same("id", "iban")},
        ]
    }

    def before(self, scene: Scene, draw: random.Random) -> None:
        for n in range(KNOWN):
            self._write(scene, n, self._body(n, draw))

    def change(self, scene: Scene, draw: random.Random, size: int) -> None:
        renamed, moved, off = draw.sample(range(KNOWN), 3)
        self._write(scene, renamed, {"legal_name": f"{NAMES[renamed]} Holding {draw.randrange(1000)}"})
        self._write(scene, moved, {"email": f"ap{draw.randrange(1000)}@v{moved}.example"})
        self._write(scene, off, {"active": False})
        for n in range(KNOWN, KNOWN + size):
            self._write(scene, n, self._body(n, draw))
        scene.created["suppliers"] = size
        scene.put("vendor", "v-asleep", {**self._body(99, draw), "active": False})  # never written

    def held(self, kind: str, record: Json) -> Json:
        return {
            "name": record["displayName"],
            "email": record["emailAddress"],
            "status": record["status"],
            "city": [a["city"] for a in record["addresses"]],
            "iban": [b["iban"] for b in record["bankAccounts"]],
        }

    def _body(self, n: int, draw: random.Random) -> Json:
        city = draw.choice(CITIES)
        name = f"{NAMES[n % len(NAMES)]} {'ABCDEFGH'[n // len(NAMES)]}{draw.randrange(10_000)} Works"
        address = {"id": "1", "kind": "legal", "street_name": f"{draw.randrange(900)} Main St", "city_name": city}
        account = {"id": "1", "iban": iban(draw)}
        return {
            "vendor_number": f"V{n:04}", "legal_name": name, "email": f"ap@v{n}.example", "active": True,
            "addresses": [address], "accounts": [account],
        }  # fmt: skip

    def _write(self, scene: Scene, n: int, body: Json) -> None:
        scene.put("vendor", f"v-{n}", body)
        now = scene.erp["vendor"][f"v-{n}"]
        scene.expect("suppliers", now["vendor_number"], {
            "name": now["legal_name"], "email": now["email"], "status": "active" if now["active"] else "inactive",
            "city": [a["city_name"] for a in now["addresses"]], "iban": [a["iban"] for a in now["accounts"]],
        })  # fmt: skip


def iban(draw: random.Random) -> str:
    """A German IBAN with right check digits."""
    account = f"{draw.randrange(10**18):018}"
    return f"DE{98 - int(account + '131400') % 97:02}{account}"
