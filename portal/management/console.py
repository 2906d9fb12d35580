"""Who acts when a verb is typed at the machine."""

from __future__ import annotations

import getpass

from tenancy.accounts.actors import Actor


def console() -> Actor:
    """The person at the machine's console."""
    return Actor(kind="operator", id=None, label=f"operator {getpass.getuser()}")
