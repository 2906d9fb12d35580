"""Runs and all they leave behind: pages, entries, intents, receipts, items for people, deliveries and clocks."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from sync.runs.states import ENTRY_STATES, INTENT_STATES, OUTCOMES, RUN_KINDS, RUN_STATES, TRIGGERS
from tenancy.base import TenantModel
from tenancy.history import history


class Run(TenantModel):
    """One execution of a pipeline. `position` says where it goes on; `counts` is written when it closes."""

    pipeline = models.ForeignKey("sync.Pipeline", models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=12, choices=RUN_KINDS)
    trigger = models.CharField(max_length=12, choices=TRIGGERS)
    dry = models.BooleanField(default=False)
    since = models.DateTimeField(null=True)
    requested_by = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=RUN_STATES, default="queued")
    position = models.JSONField(default=dict)
    sentence = models.TextField(blank=True)  # why it failed or stopped, for a person
    retry_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    resumed = models.BooleanField(default=False)  # somebody has just let it go on: what was planned is decided anew
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)  # outcome → {"count": n, "money": {currency: amount}, "unmeasured": n}
    balanced = models.BooleanField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["pipeline", "-created_at"], name="runs_of_a_pipeline"),
            models.Index(fields=["-created_at", "id"], name="runs_newest_first"),
            models.Index(
                fields=["pipeline", "created_at"],
                condition=Q(state__in=["queued", "working", "stopped"]),
                name="runs_not_ended",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(state="succeeded") | Q(balanced=True), name="a_finished_run_balances")
        ]


class RunTarget(TenantModel):
    """A record a run of chosen records has to take."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="targets")
    object = models.CharField(max_length=30)
    company = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=120)
    taken = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["run", "object", "company", "external_id"], name="a_target_is_named_once")
        ]


class SweptKey(TenantModel):
    """A key a sweep was told of, kept until its lane is listed to the end and compared."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="swept")
    object = models.CharField(max_length=30)
    company = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=120)
    version = models.CharField(max_length=80, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["run", "object", "company", "external_id"], name="a_key_is_swept_once")
        ]


class RunPage(TenantModel):
    """One page of reading: how many records, and what became at once of those that needed no decision."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()
    object = models.CharField(max_length=30)
    company = models.CharField(max_length=80, blank=True)
    read = models.PositiveIntegerField()
    measured = models.JSONField(default=dict)  # {"count", "money": {currency: amount}, "unmeasured"} of all read
    settled = models.JSONField(default=dict)  # outcome → the same, for what needed no decision

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="pages_are_numbered")]


class RunEntry(TenantModel):
    """One record of one run that had to be decided on."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="entries")
    page = models.PositiveIntegerField()
    record = models.ForeignKey("sync.RecordState", models.PROTECT, related_name="entries")
    landing = models.ForeignKey("sync.Landing", models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=ENTRY_STATES, default="landed")
    operation = models.CharField(max_length=8, blank=True)
    outcome = models.CharField(max_length=10, choices=OUTCOMES, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    sentence = models.TextField(blank=True)
    changes = models.JSONField(default=list)  # per-field diff of what is (to be) written
    values = models.JSONField(null=True)  # the canonical values that are written: held fields are not among them
    amount = models.DecimalField(max_digits=28, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, blank=True)
    source_hash = models.BinaryField(max_length=16)
    not_before = models.DateTimeField(null=True)  # an uncertain write is looked for no earlier
    closed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["record"], condition=~Q(state="closed"), name="a_record_has_one_open_entry"
            ),
            models.CheckConstraint(condition=~Q(state="closed") | ~Q(outcome=""), name="a_closed_entry_has_an_outcome"),
        ]
        indexes = [
            models.Index(fields=["run", "state"], condition=~Q(state="closed"), name="entries_to_go_on_with"),
            models.Index(fields=["run", "outcome"], name="entries_by_outcome"),
            models.Index(fields=["record", "-created_at"], name="entries_of_a_record"),
            models.Index(
                fields=["closed_at"],
                condition=Q(state="closed") & (Q(values__isnull=False) | ~Q(changes=[])),
                name="entries_with_content",
            ),
        ]


class Intent(TenantModel):
    """One step of one write, committed before it is sent."""

    entry = models.ForeignKey(RunEntry, models.PROTECT, related_name="intents")
    number = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=30)
    operation = models.CharField(max_length=8)
    side = models.CharField(max_length=8, default="target")
    object = models.CharField(max_length=30)
    company = models.CharField(max_length=80, blank=True)
    connection = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="+")
    reference = models.CharField(max_length=60)
    external_id = models.CharField(max_length=120, blank=True)
    body = models.JSONField()
    state = models.CharField(max_length=10, choices=INTENT_STATES, default="planned")
    fence = models.BigIntegerField(null=True)
    sends = models.PositiveSmallIntegerField(default=0)
    looks = models.PositiveSmallIntegerField(default=0)  # searches since the last send that found nothing
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="steps_are_numbered")]
        indexes = [
            models.Index(
                fields=["connection", "object", "reference"],
                condition=Q(state__in=["sending", "uncertain"]),
                name="intents_in_flight",
            )
        ]


class Receipt(TenantModel):
    """Proof that a step took effect. Append-only."""

    append_only = True
    intent = models.OneToOneField(Intent, models.PROTECT, related_name="receipt")
    how = models.CharField(max_length=8, choices=(("answer", "Answered"), ("search", "Found"), ("read", "Read back")))
    external_id = models.CharField(max_length=120)
    source_values = models.JSONField(null=True)
    target_values = models.JSONField(null=True)
    milliseconds = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()


class WorkItem(TenantModel):
    """Something a person has to look at. Items of one `cause` are mended together."""

    STATES = (("open", "Open"), ("released", "Released"), ("resolved", "Resolved"), ("void", "No longer true"))
    SEVERITIES = (("block", "Stopped"), ("hold", "Held"), ("warn", "Worth a look"))

    record = models.ForeignKey("sync.RecordState", models.PROTECT, related_name="items", null=True)
    pipeline = models.ForeignKey("sync.Pipeline", models.PROTECT, related_name="items")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="items")
    customer_id = models.UUIDField()
    code = models.CharField(max_length=40)
    cause = models.CharField(max_length=200)
    severity = models.CharField(max_length=5, choices=SEVERITIES, default="hold")
    fields = models.JSONField(default=list)  # held fields; empty means the whole record
    sentence = models.TextField()
    detail = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)  # of what was shown; a release is pinned to it
    amount = models.DecimalField(max_digits=28, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(max_length=8, choices=STATES, default="open")
    opened_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)  # when the business first had the document
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["record", "code", "digest"], condition=Q(state="open"), name="one_open_item_per_finding"
            )
        ]
        indexes = [
            models.Index(fields=["state", "-opened_at", "id"], name="items_newest_first"),
            models.Index(fields=["state", "code", "cause"], name="items_by_cause"),
        ]


class Release(TenantModel):
    """A person's yes to a held finding, pinned to the digest that was shown. Remembered; append-only."""

    append_only = True
    record = models.ForeignKey("sync.RecordState", models.PROTECT, related_name="releases")
    item = models.ForeignKey(WorkItem, models.PROTECT, related_name="releases")
    code = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    released_by = models.UUIDField()
    change_id = models.UUIDField(null=True)
    comment = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["record", "code", "digest"], name="a_finding_is_released_once")]


class NotificationInbox(TenantModel):
    """A verified notification, stored once per event before it is worked."""

    connection = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="+")
    event_id = models.CharField(max_length=120)
    object = models.CharField(max_length=30)
    external_id = models.CharField(max_length=120)
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "event_id", "object", "external_id"], name="an_event_is_stored_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["connection", "received_at"], condition=Q(worked_at__isnull=True), name="events_to_work"
            )
        ]


class Retention(TenantModel):
    """For how many days the tenant keeps content. One row; what proves something (receipts, audit …) is kept anyway."""

    bodies_days = models.PositiveSmallIntegerField(default=90, validators=[MinValueValidator(7)])
    values_days = models.PositiveSmallIntegerField(default=400, validators=[MinValueValidator(90)])
    notifications_days = models.PositiveSmallIntegerField(default=30, validators=[MinValueValidator(7)])
    worked_at = models.DateTimeField(null=True)
    history = history(excluded_fields=["worked_at"])


class Delivery(TenantModel):
    """One billable fact, from a write receipt. Deterministic id: the same receipt never counts twice. Append-only."""

    append_only = True
    KINDS = (
        ("first", "First posting"),
        ("update", "Update"),
        ("void", "Void"),
        ("retry", "Retry"),
        ("replay", "Replay"),
        ("initial", "Initial load"),
        ("test", "Test"),
    )
    customer_id = models.UUIDField()
    entity_id = models.UUIDField(null=True)
    pipeline_id = models.UUIDField()
    connection_id = models.UUIDField()
    environment = models.CharField(max_length=12)
    link_id = models.UUIDField(null=True)
    object = models.CharField(max_length=30)
    document_type = models.CharField(max_length=10, blank=True)
    lines = models.PositiveIntegerField(default=0)
    amount = models.DecimalField(max_digits=28, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, blank=True)
    kind = models.CharField(max_length=8, choices=KINDS)
    at = models.DateTimeField()
    local_day = models.DateField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["customer_id", "at"], name="deliveries_of_a_customer")]


class Clock(TenantModel):
    """When a record passed a mark on its way (received, approved, sent, posted, acknowledged). Append-only."""

    append_only = True
    correlation_id = models.CharField(max_length=32)
    mark = models.CharField(max_length=14)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["correlation_id", "mark", "at"], name="a_mark_is_noted_once")]
