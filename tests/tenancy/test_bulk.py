"""Many rows written by one statement read back as they would after saving each."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sync.links.models import Body, IdentityKey, Landing
from tenancy.base import CrossTenantError, new_id
from tenancy.clock import db_now
from tenancy.context import tenant_context
from tenancy.customers.models import Customer

TEXTS = ["", "plain", "tab\tline\nback\\slash \"quoted\" 'single' {brace}", "ünï ✓ عربى 漢字"]


@pytest.fixture
def landings(tenant: Any) -> list[Landing]:
    from connectors.models import Connection

    customer = Customer.objects.create(code="c", name="C")
    source = Connection.objects.create(customer=customer, connector="twin_erp", label="S", settings={}, limit_key="s")
    rows = [
        Landing(
            connection=source, object="vendor", external_id=str(n), source_hash=bytes(16), correlation_id=new_id().hex,
            landed_at=db_now(),
        )
        for n in range(4)
    ]  # fmt: skip
    return Landing.objects.bulk_create(rows)


def test_every_kind_of_value_reads_back_as_it_was_written(landings: list[Landing]) -> None:
    for number, row in enumerate(landings):
        row.label, row.source_hash, row.deleted = TEXTS[number], bytes(range(16)), bool(number % 2)
        row.missing_sweeps, row.amount = number, Decimal("-1234567890123456.123456")
        row.modified_at, row.day = (
            datetime(2026, 1, 31, 12, 0, 0, 123456, UTC),
            datetime(2026, 2, 28, tzinfo=UTC).date(),
        )
        row.body_id, row.canonical = new_id(), {"text": TEXTS[number], "list": [1, None, {"deep": "2.50"}]}
    names = [
        "label", "source_hash", "deleted", "missing_sweeps", "amount", "modified_at", "day", "body_id", "canonical"
    ]  # fmt: skip
    assert Landing.objects.bulk_update(landings, names) == 4
    for row in landings:
        found = Landing.objects.get(pk=row.pk)
        assert bytes(found.source_hash) == row.source_hash
        assert [getattr(found, n) for n in names if n != "source_hash"] == [
            getattr(row, n) for n in names if n != "source_hash"
        ]


def test_nothing_becomes_null_also_in_a_json_field(landings: list[Landing]) -> None:
    landings[0].canonical = {"a": 1}
    Landing.objects.bulk_update(landings, ["canonical"])
    landings[0].canonical = landings[0].amount = None
    Landing.objects.bulk_update(landings, ["canonical", "amount"])
    assert Landing.objects.filter(canonical__isnull=True, amount__isnull=True).count() == 4


def test_a_whole_number_beyond_64_bits_keeps_its_digits(tenant: Any) -> None:
    body = Body.objects.create(content={}, expires_on="2026-01-01")
    body.content = {"id": 2**70}
    Body.objects.bulk_update([body], ["content"])
    assert Body.objects.get().content == {"id": 2**70}


def test_rows_are_written_in_batches_and_only_those(landings: list[Landing]) -> None:
    for row in landings:
        row.label = "new"
    assert Landing.objects.bulk_update(landings[:3], ["label"], batch_size=2) == 3
    assert Landing.objects.filter(label="new").count() == 3


def test_rows_of_another_tenant_are_refused(landings: list[Landing], other_tenant: Any) -> None:
    with tenant_context(other_tenant.schema_name), pytest.raises(CrossTenantError):
        Landing.objects.bulk_update(landings, ["label"])


def test_a_value_that_no_column_can_hold_is_refused(landings: list[Landing]) -> None:
    landings[0].label = object()  # type: ignore[assignment]
    with pytest.raises(TypeError, match="no value of a row"):
        Landing.objects.bulk_update(landings, ["label"])


def test_added_rows_read_back_as_they_were_given(landings: list[Landing]) -> None:
    source = landings[0].connection_id
    given = [
        Landing(
            connection_id=source, object="vendor", external_id=f"new-{n}", source_hash=bytes([n] * 16), label=text,
            correlation_id=new_id().hex, landed_at=db_now(), canonical={"text": text}, amount=Decimal("0.10"),
        )
        for n, text in enumerate(TEXTS)
    ]  # fmt: skip
    Landing.objects.bulk_create(given)
    for row in given:
        found = Landing.objects.get(pk=row.pk)
        assert (found.label, found.canonical, found.amount) == (row.label, row.canonical, row.amount)
        assert (bytes(found.source_hash), found.created_at) == (row.source_hash, row.created_at)
        assert row._state.adding is False


def test_a_row_that_is_there_already_stays_or_is_replaced_as_asked(landings: list[Landing]) -> None:
    again = [
        Landing(
            connection_id=row.connection_id, object="vendor", external_id=row.external_id, source_hash=bytes(16),
            label="again", correlation_id=new_id().hex, landed_at=db_now(),
        )
        for row in landings
    ]  # fmt: skip
    Landing.objects.bulk_create(again, ignore_conflicts=True)
    assert not Landing.objects.filter(label="again").exists()
    key = ["connection", "object", "company", "external_id"]
    Landing.objects.bulk_create(again, update_conflicts=True, unique_fields=key, update_fields=["label"])
    assert Landing.objects.filter(label="again", pk__in=[row.pk for row in landings]).count() == len(landings)


def test_lists_keep_their_order(tenant: Any) -> None:
    keys = ["n:ünï", 'quote"d', "comma,ed", "b:1"]
    row = IdentityKey(connection_id=new_id(), object="vendor", external_id="1", keys=keys)
    IdentityKey.objects.bulk_create([row])
    assert IdentityKey.objects.get().keys == keys
    row.keys = [*reversed(keys)]
    IdentityKey.objects.bulk_update([row], ["keys"])
    assert IdentityKey.objects.get().keys == row.keys
