from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.audit import export_head, verify
from tenancy.context import tenant_context
from tenancy.partners.models import Partner
from tenancy.partners.selectors import list_partners


class Command(BaseCommand):
    help = "Checks the audit trails, or notes their newest entries outside the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=("verify", "export-head"), help="what to do")
        parser.add_argument("--partner", metavar="SLUG", help="one partner only (otherwise all)")

    def handle(self, *args: Any, verb: str, partner: str | None, **options: Any) -> None:
        wanted = list(_wanted(partner))
        sound = [self._verify(one) if verb == "verify" else self._export(one) for one in wanted]
        if not all(sound):
            raise CommandError(f"{sound.count(False)} of {len(sound)} audit trails are not as they were written.")

    def _verify(self, partner: Partner) -> bool:
        with tenant_context(partner.schema_name):
            verdict = verify()
        for fault in verdict.faults:
            self.stderr.write(f"{partner.slug}: {fault.sentence}")
        word = "sound" if verdict.sound else f"{len(verdict.faults)} faults"
        self.stdout.write(f"{partner.slug}: {verdict.entries} entries, {verdict.heads} exported heads, {word}")
        return verdict.sound

    def _export(self, partner: Partner) -> bool:
        with tenant_context(partner.schema_name):
            path = export_head()
        self.stdout.write(f"{partner.slug}: {path or 'nothing to note yet'}")
        return True


def _wanted(slug: str | None) -> Iterator[Partner]:
    partners = list(list_partners().filter(slug=slug) if slug else list_partners())
    if slug and not partners:
        raise CommandError(f"There is no partner called {slug!r}.")
    yield from partners
