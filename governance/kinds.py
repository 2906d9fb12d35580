"""The governed things: each registers what it is called, who may decide, and what a yes does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from governance.models import ChangeRequest
from tenancy.accounts.actors import Actor

Apply = Callable[[ChangeRequest, Actor], None]
Show = Callable[[ChangeRequest], dict[str, Any]]


class SubjectChanged(Exception):
    """Raised by an apply function: what was shown is no longer so. The request becomes void, nothing is written."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class ChangeKind:
    """`shows` builds what a decider would be shown now; an approval of anything else is void.

    `customer_decides`: only the customer's own people, never the partner's staff, whatever their role.
    """

    code: str
    label: str
    deciders: tuple[str, ...]
    apply: Apply
    customer_decides: bool = False
    shows: Show | None = None


_kinds: dict[str, ChangeKind] = {}


def change_kind(
    code: str, *, label: str, deciders: tuple[str, ...], customer_decides: bool = False, shows: Show | None = None
) -> Callable[[Apply], Apply]:
    """Registers an apply function. It runs inside the deciding transaction: no network calls."""

    def register(apply: Apply) -> Apply:
        if code in _kinds:
            raise ValueError(f"two kinds of change are called {code}")
        _kinds[code] = ChangeKind(code, label, deciders, apply, customer_decides, shows)
        return apply

    return register


def kind_of(code: str) -> ChangeKind:
    """The registered kind; raises LookupError for a code nobody registered."""
    try:
        return _kinds[code]
    except KeyError:
        raise LookupError(f"No kind of change is called {code!r}.") from None


def registered() -> Mapping[str, ChangeKind]:
    """Every kind by its code."""
    return dict(_kinds)
