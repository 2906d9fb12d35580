"""What the policies find in a page of records, each given the facts it declares to need."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sync.engine.subjects import Finding
from sync.runs.models import RunEntry
from sync.runs.work.flow import Flow


def findings(flow: Flow, entries: Sequence[RunEntry]) -> dict[UUID, tuple[Finding, ...]]:
    """Entry → what its policies found, less what a person has released."""
    return {}
