"""Whose data is meant is said explicitly and put back afterwards, also in threads and after faults."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, timedelta

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection, models, transaction

from tenancy.base import HomeBoundModel, TenantManager, new_id
from tenancy.brand.models import Brand
from tenancy.brand.selectors import current_brand
from tenancy.brand.services import set_brand
from tenancy.clock import db_now
from tenancy.context import (
    NoTenantError,
    TenantLogFilter,
    current_schema,
    public_context,
    require_tenant,
    tenant_context,
)
from tenancy.customers.models import Customer


def test_the_context_is_put_back_after_a_fault(tenant):
    def fail() -> None:
        with tenant_context("tb"):
            assert require_tenant() == "tb"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert current_schema() == "ta"


def test_contexts_nest(tenant):
    with tenant_context("tb"), public_context(), tenant_context("ta"):
        assert current_schema() == "ta"
    assert current_schema() == "ta"


def test_outside_a_partner_what_needs_one_refuses(tenant):
    with public_context(), pytest.raises(NoTenantError, match=r"enter tenant_context\(schema\)"):
        require_tenant()
    with pytest.raises(NoTenantError), tenant_context("public"):
        pass


def test_a_new_thread_starts_in_public_not_in_somebodys_data(transactional_tenant):
    seen = []
    thread = threading.Thread(target=lambda: seen.append(current_schema()))
    thread.start()
    thread.join()
    assert seen == ["public"]


def test_the_search_path_follows_a_rolled_back_transaction(transactional_tenant):
    def fail() -> None:
        with transaction.atomic(), tenant_context("tb"):
            Customer.objects.create(code="lost", name="Lost")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    Customer.objects.create(code="kept", name="Kept")
    with tenant_context("tb"):
        assert not Customer.objects.exists()


def test_every_log_line_and_cache_key_carries_the_tenant(tenant):
    record = logging.makeLogRecord({})
    TenantLogFilter().filter(record)
    assert record.schema == "ta"
    cache.set("colour", "red")
    with tenant_context("tb"):
        assert cache.get("colour") is None
    assert cache.get("colour") == "red"


def test_the_clock_is_the_databases_and_moves_within_a_transaction(tenant):
    first = db_now()
    assert first.utcoffset() == UTC.utcoffset(None)
    assert timedelta(0) < db_now() - first < timedelta(seconds=5)


def test_keys_made_one_after_the_other_are_in_order():
    keys = [new_id() for _ in range(1000)]
    assert keys == sorted(keys)
    assert {key.version for key in keys} == {7}


def tenant_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if issubclass(model, HomeBoundModel)]


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_every_tenant_model_reaches_related_rows_through_the_guarded_manager(model):
    assert isinstance(model._base_manager, TenantManager)
    assert isinstance(model._default_manager, TenantManager)


def test_every_model_of_the_house_is_a_tenants_or_lives_in_public_by_decision():
    ours = ("tenancy", "governance", "connectors", "mappings", "sync")
    others = {
        model._meta.label
        for model in apps.get_models()
        if model.__module__.startswith(ours) and not issubclass(model, HomeBoundModel)
    }
    assert others == {"partners.Partner", "partners.Domain", "partners.Wake"}


def test_no_key_of_a_tenant_points_to_public(tenant):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'f'"
            " AND connamespace = 'ta'::regnamespace"
            " AND (SELECT relnamespace FROM pg_class WHERE oid = confrelid) <> connamespace"
        )
        assert cursor.fetchall() == []


def test_every_table_of_a_tenant_has_a_primary_key_and_no_trigger(tenant):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'ta'::regnamespace AND relkind = 'r'"
            " AND (NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = pg_class.oid AND contype = 'p')"
            " OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND NOT tgisinternal))"
        )
        assert cursor.fetchall() == []


def test_there_is_one_brand_and_reading_it_makes_none(actor):
    assert current_brand().name
    assert not Brand.objects.exists()
    set_brand(actor=actor, name="Nord IT", colour="#abcdef")
    set_brand(actor=actor, name="Nord & Co")
    assert [(brand.name, brand.colour) for brand in Brand.objects.all()] == [("Nord & Co", "#abcdef")]
