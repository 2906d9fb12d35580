"""Opening partners: all or nothing, fast, and with nothing left pointing at another schema."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.accounts.models import Grant, User
from tenancy.accounts.selectors import may
from tenancy.brand.selectors import current_brand
from tenancy.context import public_context, tenant_context
from tenancy.customers.models import Customer
from tenancy.partners import schemas, selectors, services
from tenancy.partners.models import Domain, Partner
from tenancy.partners.ownership import OwnershipError, as_owner
from tenancy.partners.replay import ReplayError, replay
from tenancy.partners.upgrade import upgrade

OPENING = {"slug": "nord-it", "name": "Nord IT", "domain": "nord.localhost", "owner_email": "Ada@Nord.example"}
SCHEMA = "t_nord_it"


def rows(statement: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def prepared(transactional_tenant) -> Iterator[None]:
    """A prepared schema as `upgrade` leaves it; whatever the test opens is dropped afterwards."""
    with public_context(), as_owner():
        schemas.clone(schemas.PREPARED, base="ta")
    yield
    with public_context():
        _drop(schemas.PREPARED, *(name for name in schemas.partner_schemas() if name not in ("ta", "tb")))


def _drop(*names: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        for name in names:
            cursor.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
    Domain.objects.exclude(tenant__schema_name__in=("ta", "tb")).delete()
    for partner in Partner.objects.exclude(schema_name__in=("ta", "tb")):
        partner.delete()


@pytest.fixture
def opened(prepared) -> Partner:
    return services.open_partner(actor=SYSTEM, owner_password="a long enough secret", **OPENING)


def test_a_new_partner_has_an_owner_a_brand_and_a_host_and_took_less_than_three_seconds(prepared):
    began = time.perf_counter()
    partner = services.open_partner(actor=SYSTEM, owner_password="a long enough secret", **OPENING)
    assert time.perf_counter() - began < 3
    assert [domain.domain for domain in partner.domains.all()] == ["nord.localhost"]
    with tenant_context(partner.schema_name):
        owner = User.objects.get()
        assert owner.email == "ada@nord.example"
        assert owner.check_password("a long enough secret")
        assert may(owner, "users.manage")
        assert current_brand().name == "Nord IT"


def test_no_key_of_a_new_partner_points_into_another_schema(opened):
    strays = rows(
        "SELECT con.conname FROM pg_constraint con"
        " JOIN pg_class here ON here.oid = con.conrelid JOIN pg_class there ON there.oid = con.confrelid"
        " WHERE here.relnamespace = %s::regnamespace AND there.relnamespace <> here.relnamespace",
        SCHEMA,
    )
    defaults = rows(
        "SELECT column_default FROM information_schema.columns WHERE table_schema = %s AND column_default ~ %s",
        SCHEMA,
        r"(ta|prepared)\.",
    )
    assert strays == defaults == []


COLUMNS = (
    "SELECT table_name, column_name, data_type, is_nullable, is_identity, column_default"
    " FROM information_schema.columns WHERE table_schema = %s"
)
CONSTRAINTS = (
    "SELECT conrelid::regclass, conname, contype, condeferrable, condeferred, convalidated,"
    " pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = %s::regnamespace AND contype <> 'n'"
)
INDEXES = "SELECT tablename, indexname, split_part(indexdef, ' WHERE ', 1) FROM pg_indexes WHERE schemaname = %s"
CONDITIONS = "SELECT indexname, split_part(indexdef, ' WHERE ', 2) FROM pg_indexes WHERE schemaname = %s"


def shape(catalogue: str, schema: str) -> list[tuple[str, ...]]:
    return sorted(tuple(str(value).replace(f"{schema}.", "") for value in row) for row in rows(catalogue, schema))


@pytest.mark.parametrize("catalogue", [COLUMNS, CONSTRAINTS, INDEXES], ids=["columns", "constraints", "indexes"])
def test_a_copy_equals_what_migrations_make(opened, catalogue):
    made = shape(catalogue, "ta")
    assert len(made) > 20
    assert shape(catalogue, SCHEMA) == made


def test_a_copy_of_a_copy_keeps_every_index_condition(opened):
    """PostgreSQL words a condition anew when it is first copied, so that is compared between two copies."""
    assert shape(CONDITIONS, SCHEMA) == shape(CONDITIONS, "prepared")


@pytest.mark.parametrize(
    "part",
    [
        "CREATE VIEW prepared.looking AS SELECT 1 AS one",
        "CREATE SEQUENCE prepared.counting",
        "CREATE FUNCTION prepared.working() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE prepared.apart (id int) PARTITION BY LIST (id)",
    ],
)
def test_what_cannot_be_copied_is_refused_and_named(prepared, part):
    with as_owner():
        run(part)
        with pytest.raises(ReplayError, match="looking|counting|working|apart"), transaction.atomic():
            replay("prepared", "t_copy")
        assert not schemas.schema_exists("t_copy")


def test_a_copy_counts_its_own_rows(opened):
    """Identity columns of a copy draw from a sequence of their own."""
    sequences = rows("SELECT sequencename FROM pg_sequences WHERE schemaname = %s", SCHEMA)
    assert ("django_migrations_id_seq",) in sequences
    with tenant_context(SCHEMA), as_owner():
        run("INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())")
        run("DELETE FROM django_migrations WHERE app = 'x'")


def test_a_new_partner_sees_nobody_elses_rows(opened, actor):
    Customer.objects.create(code="acme", name="Acme")
    with tenant_context(SCHEMA):
        assert not Customer.objects.exists()
        Customer.objects.create(code="acme", name="Another Acme")
    assert Customer.objects.get().name == "Acme"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"slug": "Nord IT"}, "small letters"),
        ({"slug": "public"}, "cannot be used"),
        ({"slug": "ta"}, "3 to 40"),
        ({"domain": "https://nord.example/"}, "without https://"),
        ({"domain": "ta.testserver"}, "another portal"),
        ({"owner_email": "ada"}, "valid email"),
        ({"owner_password": "short"}, "too short"),
        ({"colour": "red"}, "valid value"),
    ],
)
def test_a_faulty_opening_leaves_nothing_behind(prepared, change, says):
    with pytest.raises(ValidationError, match=says):
        services.open_partner(actor=SYSTEM, **{**OPENING, **change})
    assert not schemas.schema_exists(SCHEMA)
    assert sorted(schemas.partner_schemas()) == ["ta", "tb"]


def test_a_partner_cannot_be_opened_twice_or_by_a_partners_own_people(opened, actor):
    with pytest.raises(ValidationError, match="already"):
        services.open_partner(actor=SYSTEM, **OPENING)
    with pytest.raises(PermissionDenied):
        services.open_partner(actor=actor, **{**OPENING, "slug": "other", "domain": "other.localhost"})


def test_without_a_prepared_schema_the_operator_is_told_to_upgrade(transactional_tenant):
    with pytest.raises(ValidationError, match="manage.py upgrade"):
        services.open_partner(actor=SYSTEM, **OPENING)


def test_a_suspended_partner_answers_politely_and_does_no_work(transactional_tenant, tclient):
    operator = Actor(kind="operator", id=None, label="Olga")
    services.suspend_partner(actor=operator, partner=transactional_tenant)
    try:
        answer = tclient.get("/")
        assert answer.status_code == 503
        assert b"paused" in answer.content
        assert selectors.active_schemas() == ["tb"]
    finally:
        services.resume_partner(actor=operator, partner=transactional_tenant)
    assert selectors.active_schemas() == ["ta", "tb"]
    assert tclient.get("/no-such-page/").status_code == 404


def test_an_unknown_host_names_nobody(tenant, client):
    answer = client.get("/", headers={"host": "stranger.example"})
    assert (answer.status_code, answer.content) == (404, b"There is nothing at this address.\n")


def test_only_partners_that_are_behind_are_migrated_and_one_failure_stops_no_other(opened):
    second = services.open_partner(
        actor=SYSTEM, **{**OPENING, "slug": "second", "domain": "second.localhost", "name": "Second"}
    )
    assert schemas.stale_schemas(["ta", "tb", SCHEMA, second.schema_name]) == []
    with as_owner():
        for schema in (SCHEMA, second.schema_name):
            run(f"DELETE FROM {schema}.django_migrations WHERE app = 'brand'")
        run(f"DROP TABLE {SCHEMA}.brand_brand, {SCHEMA}.brand_historicalbrand")
    assert schemas.stale_schemas(schemas.partner_schemas()) == [SCHEMA, second.schema_name]
    said: list[str] = []
    done = upgrade(operator_host="operator.testserver", say=said.append)
    assert done.checked == 4
    assert done.migrated == [SCHEMA]
    assert list(done.failed) == [second.schema_name]
    assert "already exists" in done.failed[second.schema_name]
    with tenant_context(SCHEMA):
        assert current_brand().name == "Finance sync"
    assert any(line.startswith(second.schema_name) for line in said)


def test_the_application_cannot_change_tables_or_rewrite_history(transactional_tenant, actor):
    grant = Grant.objects.get()
    assert grant.history.count() == 1
    for statement in (
        "UPDATE accounts_historicalgrant SET role = 'owner'",
        "DELETE FROM accounts_historicalgrant",
        "TRUNCATE accounts_historicalgrant",
        "ALTER TABLE accounts_grant ADD COLUMN x int",
        "CREATE TABLE stray (id int)",
        "DROP TABLE accounts_grant",
    ):
        with pytest.raises(ProgrammingError, match="permission denied|must be owner"), transaction.atomic():
            run(statement)


def test_the_owners_connection_is_not_taken_inside_a_transaction(tenant):
    with pytest.raises(OwnershipError), as_owner():
        pass


def test_after_the_owners_work_the_connection_is_the_applications_again(transactional_tenant):
    with as_owner():
        [(owner,)] = rows("SELECT current_user")
    [(application,)] = rows("SELECT current_user")
    assert owner != application
    assert connection.schema_name == "ta"


def test_the_operators_verbs_open_list_and_suspend(prepared, capsys):
    call_command(
        "partner", "open", "nord-it", "--name=Nord IT", "--domain=nord.localhost", "--owner-email=a@nord.example"
    )
    call_command("partner", "suspend", "nord-it")
    call_command("partner", "list")
    said = capsys.readouterr().out
    assert "password: " in said
    assert "suspended" in next(line for line in said.splitlines() if line.startswith("nord-it  "))
    with pytest.raises(CommandError, match="no partner 'x-y'"):
        call_command("partner", "suspend", "x-y")
