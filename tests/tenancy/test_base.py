"""One tenant's objects refuse to be used in another."""

from __future__ import annotations

import pytest
from django.db.models import Count

from tenancy.accounts.models import Grant, User
from tenancy.base import CrossTenantError, HistoryBypassedError
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
        lambda rows: list(rows.values_list("email")),
        lambda rows: rows.in_bulk(),
        lambda rows: rows.create(email="b@nord.example"),
        lambda rows: rows.bulk_create([User(email="b@nord.example")]),
        lambda rows: list(Grant.objects.filter(user__in=rows)),
        lambda rows: list(rows.union(User.objects.all())),
    ],
)
def test_a_queryset_refuses_every_use_elsewhere(tenant, other_tenant, use):
    people = User.objects.filter(name="Ada")
    with tenant_context("tb"), pytest.raises(CrossTenantError):
        use(people)


def test_rows_already_fetched_are_refused_too(customer, other_tenant):
    rows = Customer.objects.all()
    assert len(rows) == 1
    with tenant_context("tb"), pytest.raises(CrossTenantError):
        list(rows)


def test_bulk_writes_check_every_object(tenant, other_tenant):
    ada, fresh = User.objects.create(email="ada@nord.example"), User(email="bob@nord.example")
    with tenant_context("tb"):
        with pytest.raises(CrossTenantError):
            User.objects.bulk_create([fresh])
        with pytest.raises(CrossTenantError):
            User.objects.bulk_update([ada], ["name"])


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


def test_updates_and_deletes_still_work_at_home(tenant):
    ada = User.objects.create(email="ada@nord.example")
    assert User.objects.filter(pk=ada.pk).update(name="Ada") == 1
    ada.refresh_from_db()
    assert ada.name == "Ada"
    assert ada.delete()[0] == 1


def test_no_write_by_query_goes_around_history(customer):
    with pytest.raises(HistoryBypassedError, match="History keeps name of customer: save each object"):
        Customer.objects.filter(pk=customer.pk).update(name="Quietly")
    with pytest.raises(HistoryBypassedError):
        Customer.objects.bulk_update([customer], ["name"])
    with pytest.raises(HistoryBypassedError):
        Customer.objects.bulk_create([Customer(code="quiet", name="Quiet")])
    assert [row.name for row in customer.history.all()] == ["Acme"]
