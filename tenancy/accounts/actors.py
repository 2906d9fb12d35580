"""Who does something: a person, the system itself, or the platform's operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from tenancy.accounts.models import User
from tenancy.context import PUBLIC


@dataclass(frozen=True)
class Actor:
    """Passed to every service that writes. `label` is what history and audit show to a reader."""

    kind: Literal["user", "system", "operator"]
    id: UUID | None
    label: str

    @classmethod
    def of(cls, user: User) -> Actor:
        """A signed-in person; the users of the public schema are operators."""
        kind: Literal["user", "operator"] = "operator" if user._state.home == PUBLIC else "user"
        return cls(kind=kind, id=user.pk, label=user.name or user.email)


SYSTEM = Actor(kind="system", id=None, label="System")
