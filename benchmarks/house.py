"""An installation of its own for one run: a durable PostgreSQL, migrated, one partner; gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
SCHEMA_OF: dict[str, str] = {}  # slug → schema of the partners opened so far


@contextmanager
def own_house() -> Iterator[Path]:
    """Starts the database, makes Django use it and yields the directory all is kept in. Once per process."""
    directory = Path(tempfile.gettempdir()) / f"portal-bench-{os.getpid()}"
    from portal.localpg import APP, OWNER, LocalPostgres

    server = LocalPostgres(directory / "pg").start()
    try:
        os.environ |= {
            "DATABASE_URL": server.url(APP),
            "DATABASE_OWNER_URL": server.url(OWNER),
            "PORTAL_VAR": str(directory / "var"),
            "PORTAL_LOG_LEVEL": "WARNING",
            "PORTAL_ALLOW_LOOPBACK": "1",
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        }
        _prepare()
        yield directory
    finally:
        _leave()
        server.forget()
        shutil.rmtree(directory, ignore_errors=True)


def _prepare() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    with open(os.devnull, "w") as nowhere:
        call_command("upgrade", verbosity=0, stdout=nowhere)


def _leave() -> None:
    from django.db import connections

    from connectors import side

    side.close()
    connections.close_all()


def partner(slug: str) -> str:
    """The schema of a partner of that name, opened when first asked for, with the shipped mapping templates."""
    from mappings.services import load_templates
    from tenancy.accounts.actors import SYSTEM
    from tenancy.context import tenant_context
    from tenancy.partners.services import open_partner

    if slug not in SCHEMA_OF:
        opened = open_partner(
            actor=SYSTEM, slug=slug, name=slug.title(), domain=f"{slug}.localhost", owner_email=f"owner@{slug}.example"
        )
        with tenant_context(opened.schema_name):
            load_templates()
        SCHEMA_OF[slug] = opened.schema_name
    return SCHEMA_OF[slug]


@contextmanager
def workers(count: int = 2) -> Iterator[psutil.Process]:
    """`manage.py work`; yields its process once it looks after the tenants."""
    command = [sys.executable, "manage.py", "work", "--workers", str(count)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for_sweeper(process)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for_sweeper(process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    from tenancy.jobs.selectors import signs_of_life

    until = time.monotonic() + seconds
    while str(process.pid) not in signs_of_life():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError("The workers did not start.")
        time.sleep(0.1)
