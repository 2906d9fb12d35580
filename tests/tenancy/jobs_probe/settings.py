"""The product's settings with the probes installed and everything that is waited for shortened."""

from __future__ import annotations

from portal.settings import *  # noqa: F403
from portal.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.tenancy.jobs_probe"]
JOBS = {"lease": 2, "grace": 1, "visit": 5, "backoff": 0.2, "attempts": 3}
