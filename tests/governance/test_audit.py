"""The audit trail shows every edit, deletion, swap and cut, also by someone who owns the database."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from governance import audit
from governance.audit import content_of, export_head, verify
from governance.chain import MASK, START, chain_key
from governance.jobs import KIND, schedule_export
from governance.models import AuditEntry
from governance.services import record_audit
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.context import public_context, tenant_context
from tenancy.jobs.models import Job
from tenancy.partners.ownership import as_owner

SEED = 20261123


def write(count: int, actor: Actor = SYSTEM) -> None:
    for number in range(count):
        record_audit(
            actor=actor,
            action=f"test.{number % 3}",
            object_type="thing",
            object_id=number,
            customer_id=UUID(int=number) if number % 2 else None,
            data={"number": number, "name": f"Ström {number}", "amount": Decimal("1.10"), "nested": {"on": True}},
        )


@pytest.fixture(autouse=True)
def _heads(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_HEADS_DIR = tmp_path / "heads"


# ------------------------------------------------------------------------------------------------------ what is kept
def test_entries_are_numbered_without_gaps_and_the_chain_holds(tenant: Any, actor: Actor) -> None:
    write(5, actor)
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5]
    assert verify() == audit.Verdict(entries=5, heads=0, faults=())


def test_what_rolls_back_leaves_no_entry_and_no_gap(tenant: Any) -> None:
    write(1)
    with transaction.atomic():
        write(1)
        transaction.set_rollback(True)
    write(1)
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]
    assert verify().sound


def test_every_column_is_part_of_the_digest(tenant: Any) -> None:
    write(1)
    covered = set(content_of(AuditEntry.objects.get(), START)) - {"previous"}
    assert covered == {field.attname for field in AuditEntry._meta.concrete_fields} - {"mac"}


def test_secrets_are_never_kept(tenant: Any) -> None:
    data = {
        "name": "ERP",
        "client_secret": "hunter2",
        "settings": {"Password": "hunter2", "api_key": "", "hosts": [{"token": "hunter2"}]},
    }
    record_audit(actor=SYSTEM, action="test", object_type="connection", object_id="1", data=data)
    kept = AuditEntry.objects.get().data
    assert "hunter2" not in json.dumps(kept)
    assert kept["settings"] == {"Password": MASK, "api_key": "", "hosts": [{"token": MASK}]}


def test_amounts_dates_and_ids_survive_the_database_and_floats_are_refused(tenant: Any) -> None:
    data = {
        "amount": Decimal("10.00"),
        "day": date(2026, 11, 23),
        "at": datetime(2026, 11, 23, tzinfo=UTC),
        "id": uuid4(),
    }
    record_audit(actor=SYSTEM, action="test", object_type="thing", object_id="1", data=data)
    assert AuditEntry.objects.get().data["amount"] == "10.00"
    assert verify().sound
    with pytest.raises(TypeError, match="evidence"):
        record_audit(actor=SYSTEM, action="test", object_type="thing", object_id="1", data={"amount": 1.5})


def test_two_tenants_have_two_keys(tenant: Any, settings: Any) -> None:
    key_id = next(iter(settings.MASTER_KEYS))
    assert len({chain_key(key_id, schema, use) for schema in ("ta", "tb") for use in ("chain", "head")}) == 4


def test_entries_under_an_old_key_still_verify_and_a_lost_key_is_named(tenant: Any, settings: Any) -> None:
    write(2)
    old = dict(settings.MASTER_KEYS)
    settings.MASTER_KEYS = {"next": b"n" * 32, **old}
    write(2)
    assert AuditEntry.objects.get(seq=4).key_id == "next"
    assert verify().sound
    settings.MASTER_KEYS = {"next": b"n" * 32}
    chain_key.cache_clear()
    assert "is not configured" in verify().faults[0].sentence


# ------------------------------------------------------------------------------------------------ the exported head
def test_a_forged_or_foreign_head_is_noticed(tenant: Any) -> None:
    write(3)
    path = export_head()
    assert path is not None
    line = json.loads(path.read_text())
    path.write_text(
        "\n".join(
            [json.dumps(line), json.dumps(line | {"seq": 2}), json.dumps(line | {"schema": "tb"}), "no json", "[]"]
        )
    )
    assert [fault.sentence[:6] for fault in verify().faults] == ["Line 2", "Line 3", "Line 4", "Line 5"]


def test_a_tenant_without_entries_has_no_head(tenant: Any) -> None:
    assert export_head() is None
    assert verify().sound


# ------------------------------------------------------------------------------------------------------- tampering
EDITS: dict[str, Callable[[random.Random], Any]] = {
    "actor_kind": lambda r: r.choice(["operator", "nobody"]),
    "actor_id": lambda r: str(UUID(int=r.getrandbits(128))),
    "actor_label": lambda r: f"Mallory {r.random()}",
    "action": lambda r: f"other.{r.random()}",
    "object_type": lambda r: f"o{r.random()}",
    "object_id": lambda r: f"i{r.random()}",
    "customer_id": lambda r: str(UUID(int=r.getrandbits(128))),
    "data": lambda r: json.dumps({"number": r.random()}),
    "created_at": lambda r: f"2020-01-{r.randint(1, 28):02} 00:00:00+00",
    "mac": lambda r: f"{r.getrandbits(256):064x}",
    "id": lambda r: str(UUID(int=r.getrandbits(128))),
    "key_id": lambda r: f"key-{r.random()}",
    "seq": lambda r: r.randint(1000, 9999),
}
TABLE = "governance_auditentry"


def _edit(run: Callable[..., None], r: random.Random, last: int) -> None:
    column = r.choice(list(EDITS))
    run(f"UPDATE {TABLE} SET {column} = %s WHERE seq = %s", EDITS[column](r), r.randint(1, last))


def _delete(run: Callable[..., None], r: random.Random, last: int) -> None:
    seq = r.randint(1, last)
    run(f"DELETE FROM {TABLE} WHERE seq = %s", seq)
    if r.random() < 0.7:  # and close the gap
        run(f"UPDATE {TABLE} SET seq = -seq WHERE seq > %s", seq)
        run(f"UPDATE {TABLE} SET seq = -seq - 1 WHERE seq < 0")


def _swap(run: Callable[..., None], r: random.Random, last: int) -> None:
    one, other = r.sample(range(1, last + 1), 2)
    run(f"UPDATE {TABLE} SET seq = -seq WHERE seq IN (%s, %s)", one, other)
    run(f"UPDATE {TABLE} SET seq = CASE seq WHEN %s THEN %s ELSE %s END WHERE seq < 0", -one, other, one)


def _cut_off(run: Callable[..., None], r: random.Random, last: int) -> None:
    run(f"DELETE FROM {TABLE} WHERE seq > %s", r.randint(0, last - 1))


def _copy_to_the_end(run: Callable[..., None], r: random.Random, last: int) -> None:
    columns = [f.column for f in AuditEntry._meta.concrete_fields if f.column not in ("id", "seq")]
    names = ", ".join(columns)
    run(
        f"INSERT INTO {TABLE} (id, seq, {names}) SELECT gen_random_uuid(), %s, {names} FROM {TABLE} WHERE seq = %s",
        last + 1,
        r.randint(1, last),
    )


def _cut_and_write_anew(run: Callable[..., None], r: random.Random, last: int) -> None:
    """The strongest: the tail is replaced by genuine entries of the application, correctly chained."""
    keep = r.randint(0, last - 1)
    run(f"DELETE FROM {TABLE} WHERE seq > %s", keep)
    write(last - keep)


TAMPERINGS = (_edit, _edit, _edit, _delete, _swap, _cut_off, _copy_to_the_end, _cut_and_write_anew)


@pytest.fixture
def exported_chain(transactional_tenant: Any) -> Iterator[int]:
    """A chain whose head was exported, in a connection that owns the tables. Yields its length."""
    write(24)
    export_head()
    schema = transactional_tenant.schema_name
    with as_owner(), tenant_context(schema):
        yield 24


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_every_tampering_is_found(exported_chain: int, count: int) -> None:
    def run(statement: str, *values: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    chance, missed = random.Random(SEED + count), []
    for number in range(count):
        tamper = TAMPERINGS[number % len(TAMPERINGS)]
        with transaction.atomic():
            tamper(run, chance, exported_chain)
            if verify().sound:
                missed.append((number, tamper.__name__))
            transaction.set_rollback(True)
    assert missed == []
    assert verify().sound


def test_the_head_is_exported_once_a_day(tenant: Any) -> None:
    for _ in range(3):
        schedule_export()
    assert Job.objects.filter(kind=KIND).count() == 1


def test_the_operators_verb_says_for_each_partner_whether_its_trail_is_sound(
    transactional_tenant: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write(3)
    schema = transactional_tenant.schema_name
    with public_context():
        call_command("audit", "export-head", "--partner", "ta")
        call_command("audit", "verify")
        assert "ta: 3 entries, 1 exported heads, sound" in capsys.readouterr().out
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {schema}.{TABLE} SET action = 'nothing' WHERE seq = 2")
        with pytest.raises(CommandError, match="1 of 1"):
            call_command("audit", "verify", "--partner", "ta")
        assert "Entry 2 was changed" in capsys.readouterr().err
        with pytest.raises(CommandError, match="no partner called 'nobody'"):
            call_command("audit", "verify", "--partner", "nobody")
