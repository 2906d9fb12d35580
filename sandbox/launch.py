"""Starts the stand-in as a process of its own and speaks to its control plane: for tests, proofs and the demo."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit


class Control:
    """The control plane of a running stand-in. Every method raises RuntimeError where the stand-in refuses."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def call(self, method: str, path: str, body: Any = None, **query: str | int) -> Any:
        """Any verb of the control plane, e.g. `call("POST", "/seed", {...})`."""
        connection = http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=120)
        target = f"/_control{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body)
        try:
            connection.request(method, target, data, {"X-Stand-In-Control": "yes"})
            answer = connection.getresponse()
            payload = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status >= 400:
            raise RuntimeError(payload["error"]["message"])
        return payload

    def reset(self, *, log: bool = True, house: bool = True) -> None:
        """Forgets records, faults and settings; with `log` the request log too."""
        self.call("POST", "/reset", {"log": log, "house": house})

    def seed(self, **records: list[dict[str, Any]]) -> dict[str, list[str]]:
        """Ids by kind; words of a kind are joined by `_` here: `seed(ledger_accounts=[…])`."""
        given = {kind.replace("_", "-"): rows for kind, rows in records.items()}
        return dict(self.call("POST", "/seed", given))

    def fault(self, *kinds: str, **rule: Any) -> str:
        """Puts a rule in force, see `sandbox.faults.FaultRule`; returns its id."""
        return str(self.call("POST", "/faults", {"kinds": list(kinds), **rule})["id"])

    def clear_faults(self) -> None:
        """Takes all rules and drifts out of force."""
        self.call("DELETE", "/faults")

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Changes settings (camelCase names) and returns them all."""
        return dict(self.call("PATCH", "/settings", changes))

    def log(self, *, after: int = 0, writes: bool = False) -> list[dict[str, Any]]:
        """The request log after a line, complete."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", "/log", after=after, writes=str(writes).lower())
            found += page["data"]
            if not page["data"]:
                return found
            after = page["last"]

    def state(self, *kinds: str) -> dict[str, list[dict[str, Any]]]:
        """Every record by kind."""
        return dict(self.call("GET", "/state", **({"kind": ",".join(kinds)} if kinds else {})))

    def settled(self, *, seconds: float = 30.0) -> None:
        """Waits until no dropped call is left to be applied; raises TimeoutError."""
        end = time.monotonic() + seconds
        while self.call("GET", "/health")["pending"]:
            if time.monotonic() > end:
                raise TimeoutError("the stand-in still has calls to apply")
            time.sleep(0.05)


class Running:
    """A stand-in process; use it as a context manager."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "sandbox", *(options or ("--memory",)), "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline() if self.process.stdout else ""
        if "http://" not in line:
            raise RuntimeError(f"the stand-in did not start: {line!r}")
        self.base_url = "http://" + line.strip().rpartition("http://")[2]
        self.control = Control(self.base_url)

    def stop(self) -> None:
        """Ends the process."""
        self.process.terminate()
        self.process.wait(timeout=10)
        if self.process.stdout:
            self.process.stdout.close()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *problem: Sequence[Any]) -> None:
        self.stop()
