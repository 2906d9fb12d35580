"""Versions, layers and crosswalks of a tenant: drafts are free, what is published stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from governance.models import AuditEntry, ChangeRequest
from governance.services import decide
from mappings import selectors, services
from mappings.crosswalks import change_crosswalk
from mappings.models import CrosswalkEntry, Mapping, MappingVersion
from mappings.services import MappingRefused
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.context import tenant_context
from tenancy.customers.models import Customer

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
RAW = {"id": "5", "name": "Acme", "code": "V5", "active": True, "identifiers": [{"type": "eu_vat", "code": "DE1"}]}


def _layer(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"objects": {"vendor": {"in": {"fields": list(fields)}}}}


@pytest.fixture
def templates(tenant: Any) -> list[MappingVersion]:
    return services.load_templates()


@pytest.fixture
def customer(tenant: Any) -> Customer:
    return Customer.objects.create(name="Northwind")


def test_the_shipped_templates_are_taken_in_once(templates: list[MappingVersion]) -> None:
    before = MappingVersion.objects.count()
    again = services.load_templates()
    assert [v.pk for v in again] == [v.pk for v in templates]
    assert MappingVersion.objects.count() == before == 12
    compiled = selectors.compiled(selectors.newest("tryton", "vendors").pk, "vendor", "in")
    assert compiled.apply(RAW)["tax_registrations"][0]["scheme"] == "vat"


def test_a_partner_overrides_one_field_and_a_customer_another(templates: Any, customer: Customer) -> None:
    draft = services.begin_layer(actor=SYSTEM, system="tryton", domain="vendors")
    services.save_draft(actor=SYSTEM, version_id=draft.pk, spec=_layer({"to": "legal_name", "expr": "upper(name)"}))
    partners = services.publish(actor=SYSTEM, version_id=draft.pk)
    mine = services.begin_layer(actor=SYSTEM, system="tryton", domain="vendors", customer_id=customer.pk)
    assert mine.base == partners
    services.save_draft(
        actor=SYSTEM, version_id=mine.pk, spec=_layer({"to": "vendor_number", "expr": "concat('N', code)"})
    )
    services.publish(actor=SYSTEM, version_id=mine.pk)
    assert selectors.newest("tryton", "vendors") == partners
    theirs = selectors.newest("tryton", "vendors", customer_id=customer.pk)
    made = selectors.compiled(theirs.pk, "vendor", "in").apply(RAW)
    assert (made["legal_name"], made["vendor_number"], made["active"]) == ("ACME", "NV5", True)


def test_a_published_version_is_never_changed(templates: list[MappingVersion]) -> None:
    version = templates[0]
    with pytest.raises(MappingRefused, match="never changed"):
        services.save_draft(actor=SYSTEM, version_id=version.pk, spec={"objects": {}})
    with pytest.raises(MappingRefused, match="published already"):
        services.publish(actor=SYSTEM, version_id=version.pk)
    assert MappingVersion.objects.get(pk=version.pk).effective == version.effective


def test_a_mapping_with_a_mistake_is_refused_by_field_and_the_draft_stays_as_it_was(templates: Any) -> None:
    draft = services.begin_layer(actor=SYSTEM, system="tryton", domain="vendors")
    for field, said in (
        ({"to": "legal_nmae", "expr": "name"}, "did you mean “legal_name”?"),
        ({"to": "legal_name", "expr": "tirm(name)"}, "did you mean trim()?"),
        ({"to": "legal_name", "expr": "name ** 9"}, "the operator ** cannot be used"),
        ({"to": "legal_name", "expr": "lookup('none', name)"}, "there is no crosswalk called “none”"),
    ):
        with pytest.raises(MappingRefused, match="vendor \\(in\\): legal_n") as caught:
            services.save_draft(actor=SYSTEM, version_id=draft.pk, spec=_layer(field))
        assert said in str(caught.value)
    for broken in ([], {"objects": []}, {"objects": {"vendor": []}}, {"objects": {"vendor": {"in": {"fields": 1}}}}):
        with pytest.raises(MappingRefused):
            services.save_draft(actor=SYSTEM, version_id=draft.pk, spec=broken)  # type: ignore[arg-type]
    with pytest.raises(MappingRefused, match="there is no such record"):
        services.save_draft(actor=SYSTEM, version_id=draft.pk, spec={"objects": {"vendro": {"in": {"fields": []}}}})
    assert MappingVersion.objects.get(pk=draft.pk).spec == {"objects": {}}


def test_who_may_not_edit_mappings_may_not(templates: Any, actor_with: Make) -> None:
    with pytest.raises(PermissionDenied):
        services.begin_layer(actor=actor_with("clerk"), system="tryton", domain="vendors")
    assert not Mapping.objects.filter(layer="partner").exists()


def test_a_retired_version_is_not_taken_for_new_pipelines(templates: Any) -> None:
    version = selectors.newest("tryton", "payments")
    services.retire(actor=SYSTEM, version_id=version.pk)
    with pytest.raises(selectors.NotMapped, match="payments is published"):
        selectors.newest("tryton", "payments")
    assert selectors.compiled(version.pk, "payment", "in")


def test_publishing_is_written_down_with_who_did_it(templates: Any, actor_with: Make) -> None:
    engineer: Actor = actor_with("engineer")
    draft = services.begin_layer(actor=engineer, system="tryton", domain="vendors")
    services.save_draft(actor=engineer, version_id=draft.pk, spec=_layer({"to": "note", "const": "x"}))
    version = services.publish(actor=engineer, version_id=draft.pk)
    assert version.published_by == engineer.label
    assert AuditEntry.objects.filter(action="mapping.published", actor_id=engineer.id).count() == 1
    assert version.history.filter(history_user_id=engineer.id, state="published").count() == 1


def test_a_crosswalk_in_use_is_changed_by_two_people(templates: Any, actor_with: Make) -> None:
    version = selectors.newest("tryton", "vendors")
    before = selectors.compiled(version.pk, "vendor", "in")
    engineer, approver = actor_with("engineer"), actor_with("approver")
    asked = change_crosswalk(actor=engineer, name="tryton_tax_number_types", entries={"eu_vat": "gst", "x_new": "vat"})
    assert asked is not None
    assert asked.shown["entries"] == [
        {"source": "eu_vat", "before": "vat", "after": "gst"},
        {"source": "x_new", "before": None, "after": "vat"},
    ]
    assert selectors.compiled(version.pk, "vendor", "in") is before
    with pytest.raises(PermissionDenied):
        decide(actor=engineer, change_request_id=asked.pk, approve=True, shown_digest=asked.shown_digest)
    decide(actor=approver, change_request_id=asked.pk, approve=True, shown_digest=asked.shown_digest)
    after = selectors.compiled(version.pk, "vendor", "in")
    assert after.apply(RAW)["tax_registrations"][0]["scheme"] == "gst"
    assert after.revision != before.revision
    assert CrosswalkEntry.history.filter(history_user_id=approver.id).count() == 2


def test_a_crosswalk_that_changed_meanwhile_voids_the_request(templates: Any, actor_with: Make) -> None:
    name = "tryton_tax_number_types"
    asked = change_crosswalk(actor=actor_with("engineer"), name=name, entries={"eu_vat": "gst"})
    assert asked is not None
    entry = CrosswalkEntry.objects.get(crosswalk__name=name, source="eu_vat")
    entry.target = "local"
    entry.save()
    decided = decide(
        actor=actor_with("approver"), change_request_id=asked.pk, approve=True, shown_digest=asked.shown_digest
    )
    assert decided.outcome == "void"
    assert CrosswalkEntry.objects.get(pk=entry.pk).target == "local"


def test_a_crosswalk_nobody_looks_into_is_changed_at_once(templates: Any, customer: Customer) -> None:
    assert change_crosswalk(actor=SYSTEM, name="terms", entries={"N30": "Net 30", "N60": "Net 60"}) is None
    assert change_crosswalk(actor=SYSTEM, name="terms", entries={"N30": "30 days", "N60": None}) is None
    own = {"N30": "Thirty"}
    assert change_crosswalk(actor=SYSTEM, name="terms", entries=own, customer_id=customer.pk) is None
    assert selectors.crosswalks()["terms"] == {"N30": "30 days"}
    assert selectors.crosswalks(customer.pk)["terms"] == {"N30": "Thirty"}
    assert not ChangeRequest.objects.exists()
    for name, entries in (("", {"a": "b"}), ("terms", {}), ("terms", {"a": "x" * 201}), ("a'b", {"a": "b"})):
        with pytest.raises(MappingRefused):
            change_crosswalk(actor=SYSTEM, name=name, entries=entries)


def test_a_compiled_mapping_is_kept_and_never_shared_between_tenants(templates: Any, other_tenant: Any) -> None:
    version = selectors.newest("tryton", "vendors")
    mine = selectors.compiled(version.pk, "vendor", "in")
    assert selectors.compiled(version.pk, "vendor", "in") is mine
    with tenant_context(other_tenant.schema_name):
        services.load_templates()
        theirs = selectors.compiled(selectors.newest("tryton", "vendors").pk, "vendor", "in")
    assert theirs is not mine
    assert theirs.revision == mine.revision
