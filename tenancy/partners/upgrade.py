"""Bringing a database to this version: public, the prepared schema, then only the partners that are behind."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from django.db import connections

from tenancy.context import PUBLIC
from tenancy.partners import schemas, services
from tenancy.partners.ownership import as_owner, grant_application


@dataclass
class Upgrade:
    """What was done. `failed` maps a schema to the reason; all others are up to date."""

    public: bool = False
    prepared: bool = False
    checked: int = 0
    migrated: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def upgrade(*, operator_host: str, processes: int = 2, say: Callable[[str], None] = lambda _: None) -> Upgrade:
    """Safe to run again, and while the portal runs where migrations allow that. One upgrade at a time."""
    done = Upgrade()
    with as_owner(), schemas.one_at_a_time():
        done.public = _upgrade_public(operator_host)
        say("shared tables: " + ("migrated" if done.public else "up to date"))
        done.prepared = _upgrade_prepared()
        say("prepared schema: " + ("migrated" if done.prepared else "up to date"))
        partners = schemas.partner_schemas()
        stale = schemas.stale_schemas(partners)
        done.checked = len(partners)
        say(f"partners: {len(partners)}, behind: {len(stale)}")
    for schema, fault in _migrate_all(stale, processes):
        if fault:
            done.failed[schema] = fault
        else:
            done.migrated.append(schema)
        say(f"{schema}: {fault or 'migrated'}")
    return done


def _upgrade_public(operator_host: str) -> bool:
    schemas.add_extensions()
    stale = schemas.is_public_stale()
    if stale:
        schemas.migrate(PUBLIC)
    grant_application(PUBLIC)
    services.ensure_operator_host(operator_host)
    return stale


def _upgrade_prepared() -> bool:
    if not schemas.schema_exists(schemas.PREPARED):
        schemas.create_schema(schemas.PREPARED)
    stale = bool(schemas.stale_schemas([schemas.PREPARED]))
    if stale:
        schemas.migrate(schemas.PREPARED)
    return stale


def _migrate_all(stale: list[str], processes: int) -> Iterator[tuple[str, str]]:
    """(schema, reason or nothing), as they finish. One that fails stops no other."""
    if not stale:
        return
    connections.close_all()  # a connection must not be shared with the processes forked here
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork")) as pool:
        running = {pool.submit(_migrate_one, schema): schema for schema in stale}
        for finished in as_completed(running):
            fault = finished.exception()
            yield running[finished], f"{type(fault).__name__}: {fault}" if fault else ""


def _migrate_one(schema: str) -> None:
    with as_owner():
        schemas.migrate(schema)
