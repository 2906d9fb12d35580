"""Letting go of content that is past its days. What happened, to whom, with what proof and for how much stays.

Gone are raw bodies, the values and differences of decided entries with the bodies that were sent, and notifications
that were worked. Kept are landings, links, entries with their outcome and sentence, receipts, releases, approved
content, deliveries, clocks, agreements and the audit trail.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from governance.services import record_audit
from sync.runs.models import Retention
from sync.runs.work.land import KEEP_BODIES_DAYS
from tenancy.accounts.actors import Actor
from tenancy.accounts.selectors import require
from tenancy.clock import db_now
from tenancy.history import signed
from tenancy.jobs.services import enqueue
from tenancy.jobs.states import Priority

KIND = "sync.retention"
EVERY = timedelta(days=1)
AT_ONCE = 2000
_ONE = UUID(int=1)

# A landing whose body has gone is put into canonical words, and its body kept, anew when it is next taken.
_BODIES = """
with old as (
    select id from sync_body b where b.expires_on < %(until)s and not exists (
        select from sync_landing l join sync_runentry e on e.landing_id = l.id and e.state <> 'closed'
        where l.body_id = b.id)
    limit %(n)s
), freed as (
    update sync_landing set body_id = null, mapping_revision = '' where body_id in (select id from old)
)
delete from sync_body where id in (select id from old)
"""
_VALUES = """
with old as (
    select id from sync_runentry
    where state = 'closed' and ("values" is not null or not (changes = '[]'::jsonb)) and closed_at < %(until)s
    order by closed_at limit %(n)s for update skip locked
), sent as (
    update sync_intent set body = '{}' where entry_id in (select id from old) and state in ('done', 'refused', 'void')
)
update sync_runentry set "values" = null, changes = '[]' where id in (select id from old)
"""
_NOTIFICATIONS = """
delete from sync_notificationinbox where id in (
    select id from sync_notificationinbox
    where id < %(until)s and worked_at is not null order by id limit %(n)s for update skip locked)
"""


def in_force() -> Retention:
    """The tenant's days; the usual ones where nobody has changed them."""
    return Retention.objects.filter(pk=_ONE).first() or Retention(pk=_ONE)


@transaction.atomic
def set_days(*, actor: Actor, **days: int) -> Retention:
    """Changes for how long content is kept, from now on and for what is there. Raises ValidationError."""
    require(actor, "customers.manage")
    kept = in_force()
    before = {name: getattr(kept, name) for name in days}
    for name, value in days.items():
        setattr(kept, name, value)
    kept.clean_fields(exclude=["worked_at"])
    signed(kept, actor_id=actor.id, reason="retention").save()
    changed = {name: f"{before[name]} → {value}" for name, value in days.items()}
    record_audit(actor=actor, action="retention.changed", object_type="retention", object_id=str(kept.pk), data=changed)
    return kept


def forget_some() -> int:
    """One batch of each kind; how many rows were let go."""
    kept, now = in_force(), db_now()
    bodies = now.date() + timedelta(days=KEEP_BODIES_DAYS - kept.bodies_days)  # `expires_on` counts from the landing
    return (
        _forget(_BODIES, bodies)
        + _forget(_VALUES, now - timedelta(days=kept.values_days))
        + _forget(_NOTIFICATIONS, _first_id(now - timedelta(days=kept.notifications_days)))
    )


def note_done() -> None:
    """The day's work is done."""
    now = db_now()
    if not Retention.objects.filter(pk=_ONE).update(worked_at=now):
        Retention(pk=_ONE, worked_at=now).save(force_insert=True)


def keep_daily() -> datetime | None:
    """Asks for the work once a day and says when it is next due."""
    last, now = in_force().worked_at, db_now()
    if last is None or last + EVERY <= now:
        enqueue(KIND, args={}, key="retention", priority=Priority.BULK)
        return None
    return last + EVERY


def _forget(statement: str, until: object) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"until": until, "n": AT_ONCE})
        return int(cursor.rowcount)


def _first_id(moment: datetime) -> UUID:
    """Keys are ordered by time: the smallest one of that moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
