"""A real ERP for the connector's tests: built once under var/, started once per session on a free port."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.catalog.tryton import Tryton
from connectors.guard import Guard
from connectors.http import HttpClient
from demo import erp as demo_erp
from demo.erp.ports import free_port

VAR = Path(__file__).resolve().parents[2] / "var"


@pytest.fixture(scope="session")
def erp() -> Iterator[demo_erp.ErpServer]:
    """The ERP with its starting data; tests add to it and take away nothing another one needs."""
    server = demo_erp.start(demo_erp.ensure(VAR), free_port(), name="test", fresh=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def tryton_with(erp: demo_erp.ErpServer) -> Callable[..., Tryton]:
    """Makes the connector with other settings than the right ones."""

    def make(**changed: str) -> Tryton:
        settings = {"base_url": erp.base_url, "database": "erp", "api_key": erp.facts.keys["portal"]} | changed
        client = HttpClient(settings["base_url"], auth=Tryton.auth(settings), guard=Guard(allow_loopback=True))
        return Tryton(client, settings)

    return make


@pytest.fixture(scope="session")
def tryton(tryton_with: Callable[..., Tryton]) -> Tryton:
    return tryton_with()
