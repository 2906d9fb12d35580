#!/usr/bin/env python
"""Verbs for operators. Where no DATABASE_URL is given, the database under `var/` is started first."""

from __future__ import annotations

import os
import sys

WITHOUT_DATABASE = {"help", "version", "--help", "--version", "-h", "doctor", "check"}


def main() -> None:
    """Runs one verb."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    if len(sys.argv) > 1 and not WITHOUT_DATABASE & set(sys.argv[1:]):
        start_database()
    execute_from_command_line(sys.argv)


def start_database() -> None:
    """Starts the local server unless another one was named; a server that cannot start is one sentence, not a trace."""
    from portal import environment
    from portal.localpg import LocalPostgres
    from portal.pgfiles import LocalPostgresError

    if environment.uses_local_database():
        try:
            LocalPostgres.under(environment.VAR).start()
        except LocalPostgresError as fault:
            sys.exit(str(fault))


if __name__ == "__main__":
    main()
