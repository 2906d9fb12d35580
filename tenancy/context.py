"""Whose data is meant. The schema is set explicitly and put back in `finally`; nothing relies on a leftover."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

PUBLIC = "public"


class NoTenantError(RuntimeError):
    """Something that belongs to a partner was asked for outside any partner's context."""


def current_schema() -> str:
    """The schema this thread works in."""
    return connection.schema_name or PUBLIC


def require_tenant() -> str:
    """The partner's schema this thread works in; raises NoTenantError in public."""
    schema = current_schema()
    if schema == PUBLIC:
        raise NoTenantError("This needs a partner: enter tenant_context(schema) first.")
    return schema


@contextmanager
def tenant_context(schema: str) -> Iterator[str]:
    """Works inside one partner's schema."""
    if not schema or schema == PUBLIC:
        raise NoTenantError("tenant_context needs a partner's schema; for shared tables use public_context().")
    with _schema(schema):
        yield schema


@contextmanager
def public_context() -> Iterator[None]:
    """Works on the shared tables only."""
    with _schema(PUBLIC):
        yield


@contextmanager
def _schema(schema: str) -> Iterator[None]:
    before = connection.tenant
    if connection.schema_name != schema:
        connection.set_schema(schema)
    try:
        yield
    finally:
        if connection.tenant is not before:
            connection.set_tenant(before)


class TenantLogFilter(logging.Filter):
    """Puts the schema on every log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.schema = current_schema()
        return True
