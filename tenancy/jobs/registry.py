"""Who does which kind of work, and what is asked on each visit to a tenant.

Upper layers register by having the module with their handlers imported in their app's `ready()`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

Handler = Callable[[Any], Any]  # (JobContext) -> Outcome, see `tenancy.jobs.work`
VisitHook = Callable[[], datetime | None]

_handlers: dict[str, Handler] = {}
_visit_hooks: list[VisitHook] = []


class UnknownKindError(LookupError):
    """A kind of job that no installed package handles."""


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Registers `handler(work: JobContext) -> Outcome` for a kind of job, say "sync.run".

    It runs in the tenant's context, at least once per job, and must bear being stopped anywhere and run again.
    """

    def register(handler: Handler) -> Handler:
        if _handlers.setdefault(kind, handler) is not handler:
            raise ValueError(f"Two handlers for {kind!r} jobs.")
        return handler

    return register


def handler_of(kind: str) -> Handler:
    """Raises UnknownKindError."""
    try:
        return _handlers[kind]
    except KeyError:
        raise UnknownKindError(f"Nothing here knows how to do {kind!r} jobs.") from None


def on_visit(hook: VisitHook) -> VisitHook:
    """Registers what the sweeper calls in each tenant's context: enqueue what is scheduled, answer when to come again.

    Called at that time (to about a second) and at least once a minute; must be quick and bear being called often.
    """
    if hook not in _visit_hooks:
        _visit_hooks.append(hook)
    return hook


def visit_hooks() -> tuple[VisitHook, ...]:
    """In the order of their registration."""
    return tuple(_visit_hooks)
