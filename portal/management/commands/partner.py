"""The operator's verbs on partners."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.management.console import console
from tenancy.partners import selectors, services
from tenancy.partners.models import Partner


class Command(BaseCommand):
    """`manage.py partner open|list|suspend|resume`."""

    help = "Opens, lists, suspends and resumes partners."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="open|list|suspend|resume")
        opening = verbs.add_parser("open", help="a new partner with its own schema, host, brand and first owner")
        opening.add_argument("slug", help="short name: small letters, digits, hyphens")
        opening.add_argument("--name", required=True, help="as its customers know it")
        opening.add_argument("--domain", required=True, help="host name of its portal, for instance acme.localhost")
        opening.add_argument("--owner-email", required=True, help="who signs in first")
        opening.add_argument("--owner-name", default="", help="that person's name")
        opening.add_argument("--colour", default="#1f5fbf", help="brand colour as #rrggbb")
        verbs.add_parser("list", help="every partner, its host and state")
        for verb, says in (("suspend", "nobody signs in, nothing runs, no data is touched"), ("resume", "undo that")):
            verbs.add_parser(verb, help=says).add_argument("slug")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["verb"])(options)
        except ValidationError as fault:
            raise CommandError(" ".join(fault.messages)) from fault
        except Partner.DoesNotExist as fault:
            raise CommandError(f"There is no partner {options['slug']!r}; see: manage.py partner list") from fault

    def open(self, options: dict[str, Any]) -> None:
        """Prints the first owner's password once; it is stored nowhere."""
        password = secrets.token_urlsafe(12)
        fields = {key: options[key] for key in ("slug", "name", "domain", "owner_email", "owner_name", "colour")}
        partner = services.open_partner(actor=console(), owner_password=password, **fields)
        self.stdout.write(f"{partner.name} is open at {options['domain']}")
        self.stdout.write(f"first owner: {options['owner_email']}  password: {password}  (shown once)")

    def list(self, options: dict[str, Any]) -> None:
        for partner in selectors.list_partners():
            hosts = ", ".join(sorted(domain.domain for domain in partner.domains.all()))
            self.stdout.write(f"{partner.slug:20} {partner.status:10} {hosts:40} {partner.name}")

    def suspend(self, options: dict[str, Any]) -> None:
        services.suspend_partner(actor=console(), partner=selectors.partner_by_slug(options["slug"]))
        self.stdout.write(f"{options['slug']} is suspended")

    def resume(self, options: dict[str, Any]) -> None:
        services.resume_partner(actor=console(), partner=selectors.partner_by_slug(options["slug"]))
        self.stdout.write(f"{options['slug']} is active")
