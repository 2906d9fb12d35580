"""The guards, each taken away by itself. Called in a fork: the product has no switch for any of this."""

from __future__ import annotations

from typing import Any


def look_before_sending() -> None:
    """What was being sent counts as never sent: it is sent again without a look."""
    from sync.runs.models import Intent
    from sync.runs.work.loop import Loop

    def recover(loop: Any) -> None:
        Intent.objects.filter(entry__run=loop.run, state="sending").update(state="planned")

    Loop._recover = recover  # type: ignore[method-assign]


def proof_before_receipt() -> None:
    """What was being sent counts as written: nobody asks the target for a proof."""
    from connectors.base import Written
    from sync.runs.work import write

    def looker(connector: Any, step: Any, intent: Any) -> Any:
        return lambda: write.Sent(intent, how="read", written=Written(intent.external_id or "unknown"))

    write._looker = looker


def intent_before_send() -> None:
    """That a step is sent is written down with its receipt only."""
    from django.db import transaction

    from sync.runs.work.write import Writer

    mark = Writer._mark

    def unmarked(writer: Any, ready: Any) -> Any:
        with transaction.atomic():
            calls = mark(writer, ready)
            transaction.set_rollback(True)
        return calls

    Writer._mark = unmarked  # type: ignore[method-assign]
