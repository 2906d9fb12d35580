"""The demo's ERP as a process: it says what is wrong in one sentence, and its starting data comes back."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from demo.erp import ErpFacts, ErpServer, ErpUnavailable, ensure, start
from demo.erp.actor import ErpUser
from demo.erp.ports import free_port, is_free
from demo.erp.server import reset
from demo.erp.world import ORDERS, SUPPLIERS

VAR = Path(__file__).resolve().parents[2] / "var"


@pytest.fixture(scope="module")
def facts() -> ErpFacts:
    return ensure(VAR)


def vendors(facts: ErpFacts, name: str) -> set[str]:
    with closing(sqlite3.connect(facts.home / name / "erp.sqlite")) as books:
        return {row[0] for row in books.execute("SELECT name FROM party_party")}


def test_a_taken_port_is_named(facts: ErpFacts) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(ErpUnavailable, match=f"Port {port} is taken"):
            start(facts, port, name="server-test")


def test_a_reset_brings_the_starting_data_back(facts: ErpFacts) -> None:
    server = start(facts, free_port(), name="server-test", fresh=True)
    ErpUser.at(server.base_url, facts).create_vendor("Gone After Reset Ltd")
    server.stop()
    assert "Gone After Reset Ltd" in vendors(facts, "server-test")
    reset(facts, "server-test")
    assert {supplier.name for supplier in SUPPLIERS} <= vendors(facts, "server-test")
    assert "Gone After Reset Ltd" not in vendors(facts, "server-test")


def test_what_users_did_survives_a_restart(facts: ErpFacts) -> None:
    for fresh in (True, False):
        server = start(facts, free_port(), name="server-test", fresh=fresh)
        if fresh:
            ErpUser.at(server.base_url, facts).create_vendor("Still There Ltd")
        server.stop()
    assert "Still There Ltd" in vendors(facts, "server-test")


def test_a_copy_of_another_build_is_not_used(facts: ErpFacts) -> None:
    start(facts, free_port(), name="server-test", fresh=True).stop()
    other = replace(facts, keys={**facts.keys, "portal": "the key of another build"})
    with pytest.raises(ErpUnavailable, match="answered 401"):
        start(other, free_port(), name="server-test")


def test_a_second_build_makes_nothing_anew(facts: ErpFacts) -> None:
    said: list[str] = []
    assert ensure(VAR, said.append).keys == facts.keys
    assert said == []


def test_a_failed_installation_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(ErpUnavailable, match="packages could not be installed; check the network"):
        ensure(tmp_path)
    assert not (tmp_path / "erp" / "venv" / "made-from").exists()
    shutil.rmtree(tmp_path / "erp")


def test_the_facts_name_what_the_world_holds(facts: ErpFacts) -> None:
    assert facts.companies.keys() == {"us", "eu"}
    assert facts.data["suppliers"].keys() == {supplier.key for supplier in SUPPLIERS}
    assert {key: order["company"] for key, order in facts.data["orders"].items()} == {o.key: o.entity for o in ORDERS}


def test_stopping_twice_does_no_harm(facts: ErpFacts) -> None:
    server: ErpServer = start(facts, free_port(), name="server-test")
    server.stop()
    server.stop()
    assert server.process.poll() is not None
