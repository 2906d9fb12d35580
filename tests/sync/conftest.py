"""A customer with two systems in memory, in a transaction or with real commits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sync_world import World, build

from connectors.testing.twin_system import TwinSystem


@pytest.fixture
def twins() -> Iterator[tuple[TwinSystem, TwinSystem]]:
    """Two empty systems in memory."""
    TwinSystem.forget()
    yield TwinSystem.named("erp"), TwinSystem.named("ap")
    TwinSystem.forget()


@pytest.fixture
def world(tenant: Any, twins: tuple[TwinSystem, TwinSystem]) -> World:
    """Everything in a transaction that is rolled back."""
    return build(twins)


@pytest.fixture
def real_world(transactional_tenant: Any, twins: tuple[TwinSystem, TwinSystem]) -> World:
    """The same with real commits, for locks and other connections."""
    return build(twins)
