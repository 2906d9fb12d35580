"""What a fault makes of a call: whether the work is done, and what the caller gets to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from sandbox.calls import Call, Result, answer
from sandbox.faults import Plan

Manner = Literal["plain", "drop", "truncate", "hang", "huge"]
_WORKS = frozenset({"applyThenDrop", "applyThen500", "lateSearch", "truncated", "repeatPageToken", "slow"})
_ASKED = frozenset({"html", "never"})  # do the work only where the rule says so
_SEEN = {"drop": "dropped", "truncate": "truncated", "hang": "never", "huge": "huge body"}
_HTML = b"<!doctype html><html><head><title>Gateway</title></head><body><h1>Something went wrong</h1></body></html>"


@dataclass
class Outcome:
    """An answer and the manner of its delivery."""

    result: Result
    manner: Manner = "plain"
    seconds: float = 0.0
    size: int = 0

    @property
    def seen(self) -> str:
        """What the caller saw, in one word for the log."""
        if self.manner != "plain":
            return _SEEN[self.manner]
        return f"{self.result.status} html" if self.result.media_type == "text/html" else str(self.result.status)


def works(plan: Plan | None) -> bool:
    """Whether the call is carried out (now)."""
    return plan is None or plan.kind in _WORKS or (plan.kind in _ASKED and plan.rule.applies)


def disguised(plan: Plan | None, call: Call, result: Result) -> Outcome:
    """The answer of a call that was carried out, as the fault lets the caller see it."""
    if plan is None or plan.kind in ("lateSearch", "slow"):
        return Outcome(result)
    if plan.kind == "truncated":
        return Outcome(result, "truncate")
    if plan.kind == "repeatPageToken":
        return Outcome(_repeating(call, result))
    return instead(plan)


def instead(plan: Plan) -> Outcome:
    """The answer of a call that is not carried out, or whose true answer is hidden."""
    rule = plan.rule
    match plan.kind:
        case "applyThenDrop" | "dropBefore" | "lateApply":
            return Outcome(Result(0, b""), "drop")
        case "never":
            return Outcome(Result(0, b""), "hang", seconds=rule.seconds)
        case "hugeBody":
            return Outcome(Result(200, b'{"data":['), "huge", size=rule.size_bytes)
        case "html":
            return Outcome(Result(rule.status or 502, _HTML, "text/html"))
        case "rateLimited":
            return Outcome(limited(rule.seconds))
        case "limit400":
            message = "Too many calls at once for this account. Try again later."
            return Outcome(_error(400, "concurrencyLimitExceeded", message))
        case "expiredToken":
            return Outcome(_error(401, "expiredToken", "This token has expired. Ask for a new one at /oauth/token."))
        case "okWithError":
            return Outcome(_error(200, "validationFailed", "The record could not be saved."))
        case _:
            return Outcome(_error(rule.status or 500, "internalError", "Something went wrong in this service."))


def limited(seconds: float) -> Result:
    """429 with Retry-After in whole seconds, at least one."""
    result = _error(429, "rateLimited", "Too many calls. Wait as long as Retry-After says.")
    result.headers["Retry-After"] = str(max(1, round(seconds)))
    return result


def _error(status: int, code: str, message: str) -> Result:
    return answer({"error": {"code": code, "message": message, "field": None}}, status)


def _repeating(call: Call, result: Result) -> Result:
    page = msgspec.json.decode(result.body)
    page["nextPageToken"] = call.query["pageToken"]
    return answer(page, result.status)
