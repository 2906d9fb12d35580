"""All tables of `sync`, gathered where Django looks for them. Code imports them from their rooms."""

from sync.agreement.models import Agreement, AgreementRow
from sync.links.models import ApprovedContent, Body, IdentityKey, Landing, Link, RecordState, Wait
from sync.pipelines.models import Cursor, MatchProposal, Pipeline, PipelineEntity, Span
from sync.runs.models import (
    Clock,
    Delivery,
    Intent,
    NotificationInbox,
    Receipt,
    Release,
    Retention,
    Run,
    RunEntry,
    RunPage,
    RunTarget,
    SweptKey,
    WorkItem,
)

__all__ = [
    "Agreement",
    "AgreementRow",
    "ApprovedContent",
    "Body",
    "Clock",
    "Cursor",
    "Delivery",
    "IdentityKey",
    "Intent",
    "Landing",
    "Link",
    "MatchProposal",
    "NotificationInbox",
    "Pipeline",
    "PipelineEntity",
    "Receipt",
    "RecordState",
    "Release",
    "Retention",
    "Run",
    "RunEntry",
    "RunPage",
    "RunTarget",
    "Span",
    "SweptKey",
    "Wait",
    "WorkItem",
]
