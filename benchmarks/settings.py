"""The product's settings with one more app, so that workers know the stand-in in the role of an ERP too."""

from portal.settings import *  # noqa: F403
from portal.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "benchmarks.apps.BenchmarksConfig"]
