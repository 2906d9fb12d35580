"""Fixtures: a governed subject and the people around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from governance import kinds
from governance.kinds import change_kind
from tenancy.accounts.actors import Actor
from tests.governance.subject import BANK, THERMOSTAT, Thermostat


@pytest.fixture
def thermostat() -> Iterator[Thermostat]:
    subject, before = Thermostat(), dict(kinds._kinds)
    change_kind(THERMOSTAT, label="Turn the heating", deciders=("owner", "approver"), shows=subject.show)(subject.apply)
    change_kind(BANK, label="Release a bank change", deciders=("customer_controller",), customer_decides=True)(
        subject.apply
    )
    yield subject
    kinds._kinds.clear()
    kinds._kinds.update(before)


@pytest.fixture
def engineer(actor_with: Callable[..., Actor]) -> Actor:
    return actor_with("engineer")


@pytest.fixture
def approver(actor_with: Callable[..., Actor]) -> Actor:
    return actor_with("approver")
