"""Crash points: every commit, every statement that commits by itself, every HTTP send, every renewal of a lease.

A point is a code site, a moment there and the how-many-eth time it is passed. Sites are named by the product's own
function, so that a refactoring that loses one is noticed: the sites of each flow are kept in `proofs/points/`.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from proofs.ground import ROOT

PACKAGES = tuple(f"{ROOT}/{name}/" for name in ("sync", "connectors", "mappings", "governance", "tenancy", "finance"))
NOT_A_SITE = tuple(f"{ROOT}/{name}" for name in ("tenancy/base.py", "tenancy/history.py", "connectors/side.py"))
LEASES = (f"{ROOT}/tenancy/jobs/work.py", f"{ROOT}/tenancy/jobs/leases.py")
WRITES = re.compile(r"\s*(?:insert|update|delete|with|copy|truncate)\b|\s*select pg_try_advisory", re.IGNORECASE)
LOCKS = re.compile(r"\s*select pg_try_advisory", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Point:
    """`moment` is before or after; of an HTTP send also `sent`: the request has left, no answer was read."""

    site: str
    moment: str
    n: int

    def __str__(self) -> str:
        return f"{self.moment} {self.site} #{self.n}"


def kill_me() -> None:
    """What a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def stop_me() -> None:
    """What a paused machine does; goes on when somebody sends SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


@dataclass
class Hooks:
    """Counts the points a process passes and does `act` at one of them."""

    at: Point | None = None
    act: Callable[[], None] = kill_me
    nth: int = 0  # act at the nth point whatever it is, where above 0
    passed: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sending: threading.local = field(default_factory=threading.local)

    def pass_by(self, site: str, moment: str) -> None:
        """Called at every point."""
        with self._lock:
            self.passed[site, moment] += 1
            here = Point(site, moment, self.passed[site, moment])
            hit = here == self.at or (self.nth > 0 and self.passed.total() == self.nth)
        if hit:
            self.act()

    def around(self, site: str, do: Callable[[], Any]) -> Any:
        """Does something that stands between two points."""
        self.pass_by(site, "before")
        result = do()
        self.pass_by(site, "after")
        return result

    def install(self) -> Hooks:
        """Puts the hooks in for the rest of this process's life."""
        self._hook_database()
        self._hook_http()
        self._hook_lease()
        return self

    def _hook_database(self) -> None:
        from django.db import connections
        from django.db.backends.signals import connection_created

        wrapper = type(connections["default"])
        commit = wrapper.commit
        wrapper.commit = lambda this: self.around(f"commit {_site()}", lambda: commit(this))
        connection_created.connect(self._watch, weak=False)

    def _watch(self, connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(self._execute)

    def _execute(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = sql if isinstance(sql, str) else str(sql)
        if context["connection"].in_atomic_block or not WRITES.match(text):
            return execute(sql, params, many, context)
        kind = "lock" if LOCKS.match(text) else "statement"
        return self.around(f"{kind} {_site()}", lambda: execute(sql, params, many, context))

    def _hook_http(self) -> None:
        from urllib3.connection import HTTPConnection

        from connectors.http import HttpClient

        send, answer = HttpClient._send, HTTPConnection.getresponse

        def sending(client: Any, request: Any, writes: bool) -> Any:
            self._sending.site = f"http {request.method} {pattern(str(request.url))}"
            return self.around(self._sending.site, lambda: send(client, request, writes))

        def answering(this: Any, *more: Any, **options: Any) -> Any:
            if site := getattr(self._sending, "site", ""):
                self.pass_by(site, "sent")
            return answer(this, *more, **options)

        HttpClient._send = sending  # type: ignore[method-assign]
        HTTPConnection.getresponse = answering  # type: ignore[method-assign]

    def _hook_lease(self) -> None:
        from tenancy.jobs import leases

        renew = leases.renew
        leases.renew = lambda job: self.around(f"renewal {_site(LEASES)}", lambda: renew(job))


def _site(but: tuple[str, ...] = ()) -> str:
    """The nearest function of the product that is not in one of these files."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(PACKAGES) and not code.co_filename.startswith(NOT_A_SITE + but):
            module = code.co_filename.removeprefix(f"{ROOT}/").removesuffix(".py").replace("/", ".")
            return f"{module}:{code.co_qualname}"
        frame = frame.f_back
    return "?"


def pattern(url: str) -> str:
    """`/api/v1/suppliers/sup-1/deactivate` → `suppliers/*/deactivate`."""
    parts = urlsplit(url).path.split("/api/v1/")[-1].strip("/").split("/")
    return "/".join("*" if n % 2 else part for n, part in enumerate(parts))
