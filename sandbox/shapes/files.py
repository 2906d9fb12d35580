"""Files and how they came in."""

from __future__ import annotations

from typing import Literal

from sandbox.shapes.scalars import Record


class Attachment(Record, kw_only=True):
    """A file that belongs to a bill, kept byte for byte; `sha256` is of its content."""

    bill_id: str
    file_name: str
    media_type: str
    byte_size: int
    sha256: str
    kind: Literal["original", "supporting"] = "supporting"


class InboxItem(Record, kw_only=True):
    """One file handed in, whether a bill could be made of it or not; `reason` says why not, and what to do."""

    file_name: str
    media_type: str
    byte_size: int
    sha256: str
    status: Literal["accepted", "rejected"]
    format: Literal["ubl", "cii"] | None = None
    reason: str | None = None
    bill_id: str | None = None
