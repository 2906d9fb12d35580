"""One throwaway PostgreSQL per session, two prepared tenants ("ta", "tb"), a transaction per test.

A test takes `tenant` (rolled back) or `transactional_tenant` (really committed, emptied afterwards; for threads and
other processes). The database is reached as the application's role, as in production.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pytest_django.fixtures
from django.conf import settings
from django.db import connection
from django.test import Client

from connectors import side
from portal.localpg import APP, OWNER, LocalPostgres

TENANTS = ("ta", "tb")
KEPT = ("django_migrations", "django_content_type", "partners_partner", "partners_domain")
STEM = "portal-test-"
_server: LocalPostgres | None = None


# --------------------------------------------------------------------------------------------------- the server
def pytest_configure(config: pytest.Config) -> None:
    """Starts the server; PORTAL_TEST_DATABASE=given uses the one that DATABASE_URL names."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    pytest_django.fixtures._get_databases_for_setup = lambda items: ({"default"}, set())  # looks for `db` only
    if os.environ.get("PORTAL_TEST_DATABASE") == "given":
        return
    global _server
    _sweep_leftovers()
    _server = LocalPostgres(Path(tempfile.gettempdir()) / f"{STEM}{os.getpid()}", throwaway=True).start()
    settings.DATABASE_URL, settings.DATABASE_OWNER_URL = _server.url(APP), _server.url(OWNER)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server:
        connection.close()
        _server.stop(mode="immediate")


def _sweep_leftovers() -> None:
    """Servers of test sessions that were killed."""
    for data in Path(tempfile.gettempdir()).glob(f"{STEM}*"):
        pid = data.name.removeprefix(STEM)
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            LocalPostgres(data, throwaway=True).stop(mode="immediate")


def _connect_as(url: str) -> None:
    """Points the connection, and every later thread's, at a role of the test database."""
    import dj_database_url

    parts = dj_database_url.parse(url)
    connection.close()
    connection.settings_dict.update({key: parts[key] for key in ("HOST", "PORT", "USER", "PASSWORD")})
    connection.settings_dict["CONN_MAX_AGE"] = 0


# -------------------------------------------------------------------------------------------------- the database
@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """pytest-django creates and drops the test database as the owner."""
    _connect_as(settings.DATABASE_OWNER_URL)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """The public schema exists by now; adds both tenants, then becomes the application's role."""
    given = settings.DATABASE_URL, settings.DATABASE_OWNER_URL
    name = connection.settings_dict["NAME"]
    settings.DATABASE_URL, settings.DATABASE_OWNER_URL = (_renamed(url, name) for url in given)
    with django_db_blocker.unblock():
        _prepare_schemas()
        _connect_as(settings.DATABASE_URL)
    yield
    with django_db_blocker.unblock():
        side.close()
        connection.set_schema_to_public()
        _connect_as(settings.DATABASE_OWNER_URL)
    settings.DATABASE_URL, settings.DATABASE_OWNER_URL = given


def _renamed(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


def _prepare_schemas() -> None:
    from tenancy.partners import ownership, schemas

    first, second = TENANTS
    schemas.add_extensions()
    schemas.create_schema(first)
    schemas.migrate(first, run_syncdb=True)
    schemas.clone(second, base=first)
    ownership.grant_application("public")
    for schema in TENANTS:
        _add_partner(schema)


def _add_partner(schema: str) -> None:
    from tenancy.partners.models import Domain, Partner

    partner = Partner.objects.create(schema_name=schema, slug=schema, name=f"Partner {schema.upper()}")
    Domain.objects.create(tenant=partner, domain=f"{schema}.testserver", is_primary=True)


# --------------------------------------------------------------------------------------------------- the tenants
def _enter(schema: str):
    from tenancy.partners.models import Partner

    connection.set_schema_to_public()
    partner = Partner.objects.get(schema_name=schema)
    connection.set_tenant(partner)
    return partner


@pytest.fixture
def tenant(db: None) -> Iterator:
    """The partner "ta", current; everything is rolled back."""
    yield _enter("ta")
    connection.set_schema_to_public()


@pytest.fixture
def transactional_tenant(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker) -> Iterator:
    """The partner "ta", current, with real commits; what the test leaves is removed from all schemas afterwards."""
    assert "db" not in request.fixturenames, "take either `tenant` (or `db`) or `transactional_tenant`"
    with django_db_blocker.unblock():
        yield _enter("ta")
        connection.set_schema_to_public()
        _empty_all()
        connection.close()


def _empty_all() -> None:
    from tenancy.partners.ownership import as_owner

    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname = ANY(%s) AND tablename <> ALL(%s)",
            [["public", *TENANTS], list(KEPT)],
        )
        tables = [row[0] for row in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables))
        if filled := [row[0] for row in cursor.fetchall()]:
            cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")


@pytest.fixture
def home(request: pytest.FixtureRequest):
    """Whichever of `transactional_tenant` and `tenant` the test lives in."""
    committed = "transactional_tenant" in request.fixturenames
    return request.getfixturevalue("transactional_tenant" if committed else "tenant")


@pytest.fixture
def other_tenant(home):
    """The partner "tb"; the current one stays."""
    from tenancy.context import public_context
    from tenancy.partners.models import Partner

    with public_context():
        return Partner.objects.get(schema_name="tb")


# --------------------------------------------------------------------------------------------------- the people
class TenantClient(Client):
    """A browser on the tenant's host. The middleware leaves another schema behind, so it is put back."""

    def request(self, **request):
        before = connection.tenant
        try:
            return super().request(**request)
        finally:
            connection.set_tenant(before)


@pytest.fixture
def tclient(home) -> TenantClient:
    """Not signed in; use `tclient.force_login(user)`."""
    return TenantClient(headers={"host": f"{home.schema_name}.testserver"})


@pytest.fixture
def person(home) -> Callable:
    """`person("clerk", customer_id=…)` makes a user with one grant in the current tenant."""
    from django.utils import timezone

    from tenancy.accounts.models import Grant, User

    def make(role: str, *, email: str = "", customer_id=None, entity_id=None):
        user = User(email=email or f"{role}-{User.objects.count()}@example.com", name=role.replace("_", " ").title())
        user.set_password("correct horse battery")
        user.save()
        scope = "entity" if entity_id else "customer" if customer_id else "tenant"
        expires = timezone.now() + timezone.timedelta(days=30) if role == "auditor" else None
        Grant.objects.create(
            user=user, role=role, scope=scope, customer_id=customer_id, entity_id=entity_id, expires_at=expires
        )
        return user

    return make


@pytest.fixture
def actor_with(person) -> Callable:
    """`actor_with("approver")`: like `person`, as an Actor."""
    from tenancy.accounts.actors import Actor

    return lambda role, **scope: Actor.of(person(role, **scope))


@pytest.fixture
def actor(actor_with):
    """The tenant's owner."""
    return actor_with("owner")


@pytest.fixture
def process_environment(django_db_setup: None) -> dict[str, str]:
    """The environment under which another process works on the test database."""
    return {
        **os.environ,
        "DATABASE_URL": settings.DATABASE_URL,
        "DATABASE_OWNER_URL": settings.DATABASE_OWNER_URL,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
