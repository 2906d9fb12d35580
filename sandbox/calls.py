"""A request and its answer as plain values, so that a request can be carried out again later."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from sandbox.errors import ApiError, invalid

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """`path` without the query; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def digest(self) -> str:
        """sha256 of the body, "" where there is none."""
        return hashlib.sha256(self.body).hexdigest() if self.body else ""

    def json(self) -> dict[str, Any]:
        """The body as an object; raises 400."""
        try:
            data = msgspec.json.decode(self.body or b"{}")
        except msgspec.DecodeError as fault:
            raise ApiError(400, "notJson", f"The body is not JSON: {fault}. Send one JSON object.") from fault
        if not isinstance(data, dict):
            raise ApiError(400, "notAnObject", "The body must be one JSON object.")
        return data

    def typed(self, shape: type[T]) -> T:
        """The body as one of the interface's shapes; raises 422 naming the field."""
        return typed(self.json(), shape)

    def reference(self) -> str | None:
        """Our caller's own reference, wherever the call carries it (best effort, for the request log)."""
        if found := self.query.get("externalReference"):
            return found
        if not self.body.lstrip().startswith(b"{"):
            return None
        try:
            return msgspec.json.decode(self.body, type=_Referenced).external_reference
        except msgspec.DecodeError:
            return None


def typed(data: Any, shape: type[T]) -> T:
    """Data as one of the interface's shapes; raises 422 naming the field."""
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as fault:
        reason, _, path = str(fault).partition(" - at `$.")
        unknown = re.search(r"field `([^`]+)`", reason)
        name = ".".join(part for part in (path.rstrip("`"), unknown.group(1) if unknown else "") if part)
        raise invalid(f"{name or 'The body'}: {reason}.", field=name or None) from fault


class _Referenced(msgspec.Struct, rename="camel"):
    external_reference: str | None = None


@dataclass
class Result:
    """An answer: JSON unless said otherwise."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def answer(payload: Any, status: int = 200) -> Result:
    """A JSON answer of any value msgspec can write."""
    return Result(status, msgspec.json.encode(payload))


def refused(fault: ApiError) -> Result:
    """The answer of a refusal."""
    return answer(fault.payload(), fault.status)
