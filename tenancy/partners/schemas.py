"""The schemas behind the partners: one prepared schema is migrated, new partners get a copy of it in a second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_tenants.utils import app_labels
from psycopg import sql

from tenancy.context import PUBLIC, public_context
from tenancy.partners.models import Partner
from tenancy.partners.ownership import grant_application
from tenancy.partners.replay import replay

PREPARED = "prepared"
EXTENSIONS = ("pg_trgm", "btree_gin")
PROVISIONING = 7_301_455_120  # advisory lock: one provisioning or upgrade at a time

Migration = tuple[str, str]


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Waits for any other provisioning or upgrade. On a connection apart, as migrating closes the usual one."""
    apart = connection.copy()
    try:
        with apart.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [PROVISIONING])
        yield
    finally:
        apart.close()


def schema_exists(schema: str) -> bool:
    """Asks the database's catalogue."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])
        return cursor.fetchone() is not None


def create_schema(schema: str) -> None:
    """An empty schema."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def add_extensions() -> None:
    """What indexes in tenants may use, kept in public where every search path ends."""
    with public_context(), connection.cursor() as cursor:
        for name in EXTENSIONS:
            cursor.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(sql.Identifier(name)))


def migrate(schema: str, **options: bool) -> None:
    """Brings one schema up to date and renews the application's rights on it."""
    call_command("migrate_schemas", schema_name=schema, interactive=False, verbosity=0, **options)
    grant_application(schema)


def clone(schema: str, *, base: str = PREPARED) -> None:
    """Makes a copy of a schema, migration records included; joins the caller's transaction."""
    replay(base, schema)
    grant_application(schema)


def partner_schemas() -> list[str]:
    """The schema of every partner."""
    with public_context():
        return list(Partner.objects.exclude(schema_name=PUBLIC).values_list("schema_name", flat=True))


def stale_schemas(schemas: Iterable[str]) -> list[str]:
    """Those that lack a migration which is on disk. One short query each; no graph is built per schema."""
    wanted = _on_disk(settings.TENANT_APPS)
    return [schema for schema in schemas if wanted - _applied(schema)]


def is_public_stale() -> bool:
    """True where the shared tables lack a migration, or were never made."""
    return bool(_on_disk(settings.SHARED_APPS) - _applied(PUBLIC))


def _on_disk(apps: list[str]) -> set[Migration]:
    labels = set(app_labels(apps))
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {key for key in loader.disk_migrations if key[0] in labels}


def _applied(schema: str) -> set[Migration]:
    table = sql.Identifier(schema, "django_migrations")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [table.as_string(cursor.connection)])
        if cursor.fetchone()[0] is None:
            return set()
        cursor.execute(sql.SQL("SELECT app, name FROM {}").format(table))
        return set(cursor.fetchall())
