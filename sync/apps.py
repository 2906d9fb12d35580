"""How it runs: pipelines, links, runs, the agreement and the desk, in checked order from the bottom up."""

from __future__ import annotations

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "sync"
    label = "sync"
