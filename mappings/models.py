"""Mappings in versions and layers, and the crosswalks they look values up in."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mappings.states import Layer, VersionState
from tenancy.base import TenantModel
from tenancy.history import history


class Mapping(TenantModel):
    """How one system's records of one workflow domain meet the canonical ones, in one layer."""

    system = models.CharField(max_length=40)  # a connector's key
    domain = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    layer = models.CharField(max_length=8, choices=Layer, default=Layer.TEMPLATE)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="mappings")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["system", "domain", "layer", "customer"], nulls_distinct=False, name="one_mapping_per_layer"
            ),
            models.CheckConstraint(
                condition=Q(layer=Layer.CUSTOMER, customer__isnull=False)
                | Q(customer__isnull=True) & ~Q(layer=Layer.CUSTOMER),
                name="only_a_customers_layer_names_a_customer",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MappingVersion(TenantModel):
    """One version: `spec` is what this layer says, `effective` what it comes to with the layers below it."""

    mapping = models.ForeignKey(Mapping, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=VersionState, default=VersionState.DRAFT)
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")  # the lower layer's version
    spec = models.JSONField()  # {"objects": {object: {"in": spec, "out": spec}}}
    effective = models.JSONField(null=True)
    digest = models.CharField(max_length=64, blank=True)  # of `effective`
    author_label = models.CharField(max_length=200, blank=True)
    published_by = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField(null=True)
    history = history(excluded_fields=["effective"])

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["mapping", "number"], name="versions_are_numbered"),
            models.CheckConstraint(
                condition=Q(state=VersionState.DRAFT) | Q(effective__isnull=False),
                name="a_published_version_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mapping.name} v{self.number}"


class Crosswalk(TenantModel):
    """A table of values: what one system calls something, and what the other does."""

    name = models.SlugField(max_length=60)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="crosswalks")
    note = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["name", "customer"], nulls_distinct=False, name="one_crosswalk_per_name")
        ]


class CrosswalkEntry(TenantModel):
    """One pair of a crosswalk."""

    crosswalk = models.ForeignKey(Crosswalk, models.CASCADE, related_name="entries")
    source = models.CharField(max_length=200)
    target = models.CharField(max_length=200)
    history = history()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["crosswalk", "source"], name="a_value_means_one_thing")]
