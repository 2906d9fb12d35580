"""One tenant's objects refuse to be used in another."""

from __future__ import annotations

import pytest
from django.db.models import Count

from tenancy.base import CrossTenantError
from tenancy.context import current_schema, tenant_context
from tenancy.customers.models import Customer, Entity


@pytest.fixture
def customer(tenant) -> Customer:
    return Customer.objects.create(code="acme", name="Acme")


def test_the_tests_work_inside_the_first_tenant(tenant):
    assert current_schema() == "ta"


def test_a_row_of_one_tenant_is_not_seen_in_another(customer, other_tenant):
    with tenant_context("tb"):
        assert not Customer.objects.filter(pk=customer.pk).exists()


def test_an_instance_cannot_be_saved_or_deleted_elsewhere(customer, other_tenant):
    with tenant_context("tb"):
        for act in (customer.save, customer.delete, customer.refresh_from_db):
            with pytest.raises(CrossTenantError, match="belongs to 'ta' and cannot be used in 'tb'"):
                act()
        assert Customer.objects.count() == 0
    customer.save()


@pytest.mark.parametrize(
    "use",
    [
        list,
        len,
        bool,
        lambda rows: rows.count(),
        lambda rows: rows.exists(),
        lambda rows: rows.first(),
        lambda rows: rows.get(),
        lambda rows: rows.update(name="x"),
        lambda rows: rows.delete(),
        lambda rows: rows._raw_delete("default"),
        lambda rows: rows.aggregate(n=Count("id")),
        lambda rows: list(rows.iterator()),
        lambda rows: list(rows.values_list("code")),
        lambda rows: rows.in_bulk(),
        lambda rows: rows.create(code="b", name="B"),
        lambda rows: rows.bulk_create([Customer(code="b", name="B")]),
        lambda rows: list(Entity.objects.filter(customer__in=rows)),
        lambda rows: list(rows.union(Customer.objects.all())),
    ],
)
def test_a_queryset_refuses_every_use_elsewhere(customer, other_tenant, use):
    rows = Customer.objects.filter(name="Acme")
    with tenant_context("tb"), pytest.raises(CrossTenantError):
        use(rows)


def test_rows_already_fetched_are_refused_too(customer, other_tenant):
    rows = Customer.objects.all()
    assert len(rows) == 1
    with tenant_context("tb"), pytest.raises(CrossTenantError):
        list(rows)


def test_bulk_writes_check_every_object(customer, other_tenant):
    fresh = Customer(code="c", name="C")
    with tenant_context("tb"):
        with pytest.raises(CrossTenantError):
            Customer.objects.bulk_create([fresh])
        with pytest.raises(CrossTenantError):
            Customer.objects.bulk_update([customer], ["name"])


def test_related_objects_are_refused_elsewhere(customer, other_tenant):
    entity = Entity.objects.create(customer=customer, code="de", name="Acme DE", functional_currency="EUR")
    entity = Entity.objects.get(pk=entity.pk)
    with tenant_context("tb"):
        with pytest.raises(CrossTenantError):
            _ = entity.customer
        with pytest.raises(CrossTenantError):
            list(customer.entities.all())
    assert entity.customer == customer
    assert list(customer.entities.all()) == [entity]


def test_updates_and_deletes_still_work_at_home(customer):
    assert Customer.objects.filter(pk=customer.pk).update(name="Acme Ltd") == 1
    customer.refresh_from_db()
    assert customer.name == "Acme Ltd"
    assert customer.delete()[0] == 1
