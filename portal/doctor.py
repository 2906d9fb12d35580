"""What is wrong with an installation, each with a sentence that says what to do. Nothing here changes anything."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection

from tenancy.jobs.selectors import signs_of_life
from tenancy.partners import pooling, schemas
from tenancy.partners.ownership import OWNED, application_role, as_owner

OLDEST_SERVER = 150_000
SILENT_AFTER = 30  # seconds


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `remedy` is empty where all is well."""

    what: str
    sentence: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        return not self.remedy


def examine() -> Iterator[Finding]:
    """In the order in which one thing needs another; without a database only what can be known is asked."""
    yield _python()
    yield from _keys()
    reachable = _database()
    yield reachable
    if reachable.ok:
        for look in (_server_version, _pooler, _roles, _shared_tables, _partners, _workers):
            yield _safely(look)


def _safely(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except (Error, ImproperlyConfigured) as fault:
        what = look.__name__.strip("_").replace("_", " ")
        return Finding(what, f"could not be looked at: {fault}".strip(), "Mend what is reported above, then ask again.")


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    remedy = "" if sys.version_info >= (3, 11) else "Install Python 3.11 or newer and make the environment again."
    return Finding("python", version, remedy)


def _keys() -> Iterator[Finding]:
    try:
        yield Finding("signing key", f"present ({len(settings.SECRET_KEY)} characters)")
    except ImproperlyConfigured:
        yield Finding("signing key", "missing", "Set PORTAL_SECRET_KEY to a long random text, the same on every host.")
    faulty = [name for name, key in settings.MASTER_KEYS.items() if len(key) != 32]
    if not settings.MASTER_KEYS:
        yield Finding("master key", "missing", "Set PORTAL_MASTER_KEYS to <name>=<32 bytes in base64>.")
    elif faulty:
        yield Finding(
            "master key", f"{', '.join(faulty)} is not 32 bytes", "Give each master key as 32 bytes in base64."
        )
    else:
        yield Finding("master key", f"present ({', '.join(settings.MASTER_KEYS)})")


def _database() -> Finding:
    try:
        connection.ensure_connection()
    except ImproperlyConfigured as fault:
        return Finding("database", "behind a pooler in transaction mode", str(fault))
    except Error as fault:
        reason = str(fault).strip().splitlines()[0]
        return Finding(
            "database",
            f"cannot be reached: {reason}",
            "Start it (python -m portal.localpg start), or mend DATABASE_URL.",
        )
    return Finding("database", f"reachable as {connection.settings_dict['USER']}")


def _server_version() -> Finding:
    version = connection.pg_version
    remedy = "" if version >= OLDEST_SERVER else "Use PostgreSQL 15 or newer."
    return Finding("server version", f"{version // 10_000}.{version % 10_000}", remedy)


def _pooler() -> Finding:
    parameters = connection.get_connection_params()
    if pooling.pools_transactions(lambda: connection.Database.connect(**parameters)):
        return Finding("pooler", "in transaction mode", pooling.SENTENCE)
    return Finding("pooler", "none, or in session mode")


def _roles() -> Finding:
    """The application must own nothing, or it could rewrite what is append-only."""
    with connection.cursor() as cursor:
        cursor.execute(OWNED, [application_role()])
        owned = cursor.fetchone()[0]
    try:
        with as_owner():
            connection.ensure_connection()
    except Error as fault:
        reason = str(fault).strip().splitlines()[0]
        return Finding("roles", f"the owner cannot connect: {reason}", "Mend DATABASE_OWNER_URL.")
    if owned:
        return Finding(
            "roles",
            f"{application_role()} owns {owned} tables, so it could rewrite the audit trail",
            "Give DATABASE_OWNER_URL a role of its own that owns the tables, then run: manage.py upgrade",
        )
    return Finding("roles", "owner and application are apart")


def _shared_tables() -> Finding:
    behind = schemas.is_public_stale() or bool(schemas.stale_schemas([schemas.PREPARED]))
    return Finding("migrations", "pending" if behind else "up to date", "Run: manage.py upgrade" if behind else "")


def _partners() -> Finding:
    every = schemas.partner_schemas()
    stale = schemas.stale_schemas(every)
    if stale:
        few = ", ".join(stale[:5]) + (" …" if len(stale) > 5 else "")
        return Finding("partners", f"{len(stale)} of {len(every)} behind: {few}", "Run: manage.py upgrade")
    return Finding("partners", f"{len(every)}, none behind")


def _workers() -> Finding:
    signs = signs_of_life()
    alive = {pid: seconds for pid, seconds in signs.items() if Path(f"/proc/{pid}").exists()}
    if not alive:
        return Finding("workers", "none run on this machine", "Start them here or on another host: manage.py work")
    silent = [pid for pid, seconds in alive.items() if seconds > SILENT_AFTER]
    if silent:
        return Finding(
            "workers", f"the sweeper of {', '.join(silent)} is silent", "Stop that watchdog and start: manage.py work"
        )
    return Finding("workers", f"beating (watchdog {', '.join(alive)})")
