"""The cluster's part without a cluster: takes doorbells out of the queue and answers them here."""

from __future__ import annotations

from collections.abc import Callable

from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from tenancy.context import public_context
from tenancy.jobs.broker import Doorbells
from tenancy.jobs.worker import answer


def queued() -> list[str]:
    """The tenants whose doorbells are out, oldest first."""
    with public_context():
        return [bell.task["args"][0] for bell in OrmQ.objects.order_by("id")]


def answer_all(until: Callable[[], bool] = lambda: False) -> int:
    """Answers until the queue is empty, or `until` holds; the number of doorbells answered."""
    with public_context():
        broker, answered = Doorbells(Conf.CLUSTER_NAME), 0
        while OrmQ.objects.exists() and not until():
            for _, payload in broker.dequeue() or ():
                answer(*SignedPackage.loads(payload)["args"])
                answered += 1
        broker.close()
        return answered


def lose() -> None:
    """All doorbells vanish with the worker that held them."""
    with public_context():
        OrmQ.objects.all().delete()
