"""What both sides' books said at a stated time, and how the difference is explained."""

from __future__ import annotations

from django.db import models

from tenancy.base import TenantModel


class Agreement(TenantModel):
    """One comparison of both systems for a customer at a stated time. Append-only."""

    append_only = True
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="agreements")
    as_of = models.DateField()
    opening = models.BooleanField(default=False)
    read_at = models.DateTimeField()
    seconds = models.FloatField()
    unexplained = models.PositiveIntegerField()
    not_compared = models.JSONField(default=list)  # [{"erp", "ap", "object", "sentence"}]: kept in no books of one side
    digest = models.CharField(max_length=64)  # of all rows, so that a printed copy can be checked

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["customer", "-read_at"], name="agreements_of_a_customer")]


class AgreementRow(TenantModel):
    """Counts and sums of one object, entity and currency in one pair of systems; debits and credits apart.

    A row without a currency and with counts of 0 says that both books were read and hold nothing. Append-only.
    """

    append_only = True
    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="rows")
    erp_connection = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="+", null=True)
    ap_connection = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="+", null=True)
    object = models.CharField(max_length=30)
    company = models.CharField(max_length=80, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    erp = models.JSONField()  # {"count", "debit", "credit"}
    portal = models.JSONField()
    ap = models.JSONField()
    explained = models.JSONField(default=list)  # [{"key", "side", "erp", "ap", "reason", "sentence", …}]
    unexplained = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "erp_connection", "ap_connection", "object", "company", "currency"],
                name="one_row_per_pair_and_currency",
            )
        ]
