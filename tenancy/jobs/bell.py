"""The doorbell and the hint behind it, both in the public schema. Either may be lost, doubled or late.

One doorbell per tenant is out at a time, so that a busy tenant queues no further ahead than a quiet one. Who picks it
up clears the mark (`Wake.rung_at`) first and looks for jobs afterwards: a job whose ring was spared because of the
mark, or of a doorbell still queued, is therefore always seen. `Wake.due_at` is only ever lowered, except by the
sweeper that takes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from tenancy.context import public_context
from tenancy.jobs.broker import Doorbells
from tenancy.jobs.limits import limits
from tenancy.partners.models import Partner, PartnerStatus, Wake

ANSWER = "tenancy.jobs.worker.answer"
MARK = """
INSERT INTO partners_wake AS wake (tenant, due_at, rung_at)
VALUES (%(tenant)s, statement_timestamp() + make_interval(secs => %(grace)s), statement_timestamp())
ON CONFLICT (tenant) DO UPDATE SET
    due_at = LEAST(wake.due_at, excluded.due_at),
    rung_at = CASE WHEN wake.rung_at > statement_timestamp() - make_interval(secs => %(grace)s)
                   THEN wake.rung_at ELSE statement_timestamp() END
RETURNING rung_at = statement_timestamp()"""
NOTE = """
INSERT INTO partners_wake AS wake (tenant, due_at)
VALUES (%s, GREATEST(%s, statement_timestamp() + make_interval(secs => 0.5)))
ON CONFLICT (tenant) DO UPDATE SET due_at = LEAST(wake.due_at, excluded.due_at)"""
WAITING = """
SELECT EXISTS (SELECT FROM partners_wake WHERE rung_at > statement_timestamp() - make_interval(secs => 60)
                                           AND rung_at < statement_timestamp() - make_interval(secs => %s))"""
TAKE = """
WITH due AS (
    SELECT wake.tenant FROM partners_wake AS wake
    JOIN partners_partner AS partner ON partner.schema_name = wake.tenant
    WHERE wake.due_at <= statement_timestamp() AND partner.status = %s AND partner.schema_name <> 'public'
    ORDER BY wake.due_at LIMIT %s FOR UPDATE OF wake SKIP LOCKED)
UPDATE partners_wake AS wake SET due_at = statement_timestamp() + make_interval(secs => %s)
FROM due WHERE wake.tenant = due.tenant RETURNING wake.tenant"""
ENROL = """
INSERT INTO partners_wake AS wake (tenant, due_at)
SELECT schema_name, statement_timestamp() FROM partners_partner
WHERE status = %(status)s AND schema_name <> 'public'
ON CONFLICT (tenant) DO UPDATE SET due_at = statement_timestamp() + make_interval(secs => %(visit)s)
WHERE wake.due_at > statement_timestamp() + make_interval(secs => %(visit)s)"""


def ring(tenant: str) -> bool:
    """Rings unless a doorbell of this tenant is out already. True if it rang."""
    queue = f"{Conf.CLUSTER_NAME}/{tenant}"
    with public_context(), transaction.atomic():
        marked = _value(MARK, {"tenant": tenant, "grace": limits().grace})
        rang = bool(marked) and not OrmQ.objects.filter(key=queue).exists()
        if rang:
            async_task(ANSWER, tenant, broker=Doorbells(queue), save=False, task_name=tenant)
    return rang


def note(tenant: str, due_at: datetime) -> None:
    """Asks the sweeper to look at this tenant no later than `due_at`, if that is half a second away or more."""
    with public_context(), connection.cursor() as cursor:
        cursor.execute(NOTE, [tenant, due_at])


def pick_up(tenant: str) -> bool:
    """A worker answers: the next ring is a new one. False where the partner is suspended or gone."""
    with public_context():
        Wake.objects.filter(tenant=tenant).update(rung_at=None)
        return Partner.objects.filter(schema_name=tenant, status=PartnerStatus.ACTIVE).exists()


def is_waiting() -> bool:
    """True if some doorbell, of any tenant, has found no worker for longer than our patience."""
    with public_context():
        return bool(_value(WAITING, [limits().patience]))


def take_due(most: int) -> list[str]:
    """The active tenants whose hint is due; each comes due again after a visit's interval, also if we die now."""
    with public_context(), connection.cursor() as cursor:
        cursor.execute(TAKE, [PartnerStatus.ACTIVE, most, limits().visit])
        return [row[0] for row in cursor.fetchall()]


def enrol() -> None:
    """Gives every active tenant a hint no later than a visit's interval from now, whatever became of it."""
    with public_context(), connection.cursor() as cursor:
        cursor.execute(ENROL, {"status": PartnerStatus.ACTIVE, "visit": limits().visit})


def _value(statement: str, parameters: Mapping[str, object] | Sequence[object]) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0]
