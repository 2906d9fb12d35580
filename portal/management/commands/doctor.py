"""Says what is wrong with this installation."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from portal.doctor import examine


class Command(BaseCommand):
    """`manage.py doctor`; exits 1 when something needs doing."""

    help = "Looks at Python, keys, database, roles, migrations and workers, and says what to do about what is wrong."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for finding in examine():
            wrong += not finding.ok
            self.stdout.write(f"{'ok   ' if finding.ok else 'WRONG'} {finding.what}: {finding.sentence}")
            if finding.remedy:
                self.stdout.write(f"      → {finding.remedy}")
        if wrong:
            self.stdout.write(f"{wrong} to mend")
            sys.exit(1)
        self.stdout.write("all is well")
