from __future__ import annotations

import logging

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Units of background work."""

    name = "tenancy.jobs"
    label = "jobs"

    def ready(self) -> None:
        logging.getLogger("django-q").setLevel(logging.WARNING)  # a line for every doorbell tells nobody anything
        from django_q.signals import post_execute, post_execute_in_worker, pre_execute

        from tenancy.jobs import beat
        from tenancy.jobs import jobs as _handlers  # noqa: F401  registers them

        pre_execute.connect(beat.begin)
        post_execute_in_worker.connect(beat.end)
        post_execute.connect(beat.acknowledge)
