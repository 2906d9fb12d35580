"""Running something on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

from tenancy.context import tenant_context

T = TypeVar("T")


def alone(action: Callable[[], T], schema: str = "ta") -> T:
    """In the tenant's context; closes this thread's connection afterwards."""
    try:
        with tenant_context(schema):
            return action()
    finally:
        connection.close()


def elsewhere(action: Callable[[], T]) -> T:
    """In another thread, waited for."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(alone, action).result(timeout=20)
