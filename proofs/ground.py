"""The ground a proof stands on: a PostgreSQL of its own, one prepared tenant, and a fresh copy of it per trial.

Must be entered before anything of Django is imported: it decides which database the settings name.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psycopg

from portal.localpg import APP, DATABASE, OWNER, SUPERUSER, LocalPostgres

ROOT = Path(__file__).resolve().parent.parent
STEM = "portal-proof-"
SCHEMA = "t_proof"


class Ground:
    """A running server with one partner in `SCHEMA`. `durable` keeps every commit through an immediate stop."""

    def __init__(self, *, durable: bool = False) -> None:
        sweep_leftovers()
        here = Path(tempfile.gettempdir())
        self.var = here / f"{STEM}{os.getpid()}-var"
        self.server = LocalPostgres(here / f"{STEM}{os.getpid()}", throwaway=not durable)
        self._trials = 0

    def __enter__(self) -> Ground:
        self.server.start()
        self.var.mkdir(exist_ok=True)
        os.environ.update(self.environment())
        import django

        django.setup()
        self._open_partner()
        return self

    def __exit__(self, *_: object) -> None:
        from django.db import connections

        connections.close_all()
        self.server.forget()
        shutil.rmtree(self.var, ignore_errors=True)

    def environment(self, database: str = DATABASE) -> dict[str, str]:
        """Under which another process works on a database of this server."""
        return {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DATABASE_URL": self.server.url(APP, database),
            "DATABASE_OWNER_URL": self.server.url(OWNER, database),
            "PORTAL_VAR": str(self.var),
            "PORTAL_LOG_LEVEL": "WARNING",
        }

    def _open_partner(self) -> None:
        from tenancy.accounts.actors import SYSTEM
        from tenancy.partners.services import open_partner
        from tenancy.partners.upgrade import upgrade

        upgrade(operator_host="operator.localhost", processes=1)
        open_partner(
            actor=SYSTEM, slug="proof", name="Proof", domain="proof.localhost", owner_email="owner@proof.example"
        )
        use(DATABASE)

    # ---------------------------------------------------------------------------------------------------- databases
    def keep(self, name: str, database: str) -> None:
        """Keeps a database as it is now under a name, to be copied for trials. Nobody may be connected."""
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._run(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {database} STRATEGY file_copy")

    def copy(self, kept: str = DATABASE) -> str:
        """A fresh copy of what was kept, else of the empty partner's database; its name."""
        self._trials += 1
        name = f"trial_{self._trials}"
        self._run(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {kept} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        """Throws a copy away, whoever is still connected."""
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def look(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection beside the product's, for reading what was left behind."""
        link = psycopg.connect(self.server.url(SUPERUSER, database), autocommit=True)
        link.execute(f"SET search_path = {SCHEMA}, public")
        return link

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.server.url(SUPERUSER, "postgres"), autocommit=True) as link:
            link.execute(statement)


def use(database: str) -> None:
    """This process's connections, both that of its thread and the one beside it, lead to a database from now on."""
    from django.db import connections

    from connectors import side

    side.close()
    connections.close_all()
    connections["default"].settings_dict["NAME"] = database


def sweep_leftovers() -> None:
    """Servers and directories of proofs that were killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{STEM}*"):
        pid, _, kind = path.name.removeprefix(STEM).partition("-")
        if not pid.isdigit() or Path(f"/proc/{pid}").exists():
            continue
        if kind:
            shutil.rmtree(path, ignore_errors=True)
        else:
            LocalPostgres(path, throwaway=True).stop(mode="immediate")
