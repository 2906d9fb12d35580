"""A full run over a source in which nothing changed, over HTTP from a source process.

The source is the stand-in AP service (`python -m sandbox`), read by the product's own connector as if it were the
ERP; the target is a second one, whose request log is the truth about calls. The rival is a client that reads the same
pages over one kept connection and parses them, nothing else.
"""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from benchmarks import house, world
from benchmarks.clocks import backend, paired, processor, spent
from benchmarks.figures import Figure
from benchmarks.suppliers import supplier
from sandbox.launch import Running
from sync.runs.models import Run
from tenancy.context import current_schema, tenant_context

PAGE = 500
OF_THE_RUN = frozenset({"sync_run", "sync_runpage", "sync_cursor", "sync_pipeline", "sync_historicalpipeline"})


@dataclass
class Watched:
    """What full runs without a change left behind and cost."""

    here: world.World
    target: Running
    rows: int = 0
    calls: int = 0
    processor: list[float] = field(default_factory=list)

    def run(self) -> Run:
        """One full run, with everything counted that it should not have done."""
        tables = [table for table in world.record_tables() if table not in OF_THE_RUN]
        before, last = world.row_writes(current_schema(), tables), _last(self.target)
        done: list[Run] = []
        self.processor.append(spent(lambda: done.append(self.here.run("full")), processor(backend())))
        after = world.row_writes(current_schema(), tables)
        self.rows += sum(after.values()) - sum(before.values())
        self.calls += len(self.target.control.log(after=last))
        return done[0]


def run(short: bool) -> list[Figure]:
    """Vendors only written once, then read again and again."""
    count, rounds = (600, 1) if short else (20_000, 5)
    with tenant_context(house.partner("resync")), Running() as source, Running() as target:
        ids = world.seed(source.control, [supplier(number) for number in range(count)])
        here = world.build(source.base_url, target.base_url)
        here.run("full")
        return _figures(Watched(here, target), source, ids, rounds)


def _figures(watched: Watched, source: Running, ids: list[str], rounds: int) -> list[Figure]:
    client = Plain(source.base_url)
    pairs = paired([watched.run] * rounds, [lambda: client.read_all("suppliers", len(ids))] * rounds, time.monotonic)
    seconds = median(watched.processor) / len(ids) * 1000
    rate = len(ids) / median(ours for ours, _ in pairs)
    found = _hidden_change(watched, source, ids[len(ids) // 2])
    of = f"{len(ids):,} vendors"
    return [
        Figure(f"re-sync of {of}, of what the source can serve", median(t / o for o, t in pairs), 0.6),
        Figure("  records a second", rate, unit="/s"),
        Figure("  processor seconds per 1,000 records", seconds, unit="s"),
        Figure("  row writes to record tables", watched.rows, 0, unit="", at_most=True),
        Figure("  calls to the target", watched.calls, 0, unit="", at_most=True),
        Figure("  hidden changes found, of one", found, 1, unit=""),
    ]


def _hidden_change(watched: Watched, source: Running, changed: str) -> int:
    """A change that moves no modification time; how many writes reached the target for it, and only for it."""
    edit = {"kind": "suppliers", "id": changed, "fields": {"phoneNumber": "+49 30 5550100"}, "silent": True}
    source.control.call("POST", "/edit", edit)
    last = _last(watched.target)
    watched.here.run("full")
    return len([line for line in watched.target.control.log(after=last, writes=True) if line["applied"]])


def _last(system: Running) -> int:
    """The number of the last line of its request log."""
    lines = system.control.call("GET", "/log", after=0, limit=1_000_000)
    return int(lines["last"])


class Plain:
    """A client that asks for page after page on one connection and parses each."""

    def __init__(self, base_url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=60)

    def read_all(self, kind: str, expected: int) -> None:
        """Raises where the number of records is another."""
        token, seen = "", 0
        while token is not None:
            page = self._page(kind, token)
            seen, token = seen + len(page["data"]), page["nextPageToken"]
        if seen != expected:
            raise RuntimeError(f"{seen} records were served instead of {expected}.")

    def _page(self, kind: str, token: str) -> Any:
        asked = urlencode({"limit": PAGE} | ({"pageToken": token} if token else {}))
        headers = {"Authorization": "Bearer stand-in-token"}
        self._connection.request("GET", f"/api/v1/{kind}?{asked}", headers=headers)
        return orjson.loads(self._connection.getresponse().read())
