"""django-q2's cluster, started by the watchdog as `python -m tenancy.jobs.cluster <watchdog's pid> <workers>`.

It differs from `manage.py qcluster` in its broker, in having no scheduler (the sweeper is ours), and in that none of
its processes outlives its parent.
"""

from __future__ import annotations

import sys

from tenancy.jobs import leash


def main(watchdog: int, workers: int) -> None:
    """Runs until told to stop."""
    leash.follow(watchdog)
    leash.bind_children()
    import django

    django.setup()
    from django_q.cluster import Cluster
    from django_q.conf import Conf

    Conf.BROKER_CLASS = "tenancy.jobs.broker.Doorbells"
    Conf.WORKERS = workers
    Conf.QUEUE_LIMIT = 1  # a doorbell that waits in the queue is seen by other clusters, one in our pipe is not
    Conf.SCHEDULER = False
    Cluster().start()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
