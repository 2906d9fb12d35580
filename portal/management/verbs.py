"""What the verbs on a partner's data share: which partner, as whom, and faults as one sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.errors import ConnectorError
from governance.services import DecisionRefused
from portal.management.console import console
from tenancy.accounts.actors import Actor
from tenancy.accounts.models import User
from tenancy.context import tenant_context
from tenancy.partners import selectors


class PartnerCommand(BaseCommand):
    """A verb inside one partner: subclasses list their verbs; each is a method that takes the options."""

    verbs: dict[str, str] = {}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--partner", required=True, help="the partner's short name")
        parser.add_argument(
            "--as", dest="as_", default="", metavar="EMAIL", help="act as this person (decisions need one)"
        )
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="|".join(self.verbs))
        for verb, says in self.verbs.items():
            self.arguments_of(verb, verbs.add_parser(verb, help=says))

    def arguments_of(self, verb: str, parser: CommandParser) -> None:
        """Adds what one verb takes."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            partner = selectors.partner_by_slug(options["partner"])
        except ObjectDoesNotExist as fault:
            raise CommandError(f"There is no partner {options['partner']!r}; see: manage.py partner list") from fault
        with tenant_context(partner.schema_name):
            self._carry_out(getattr(self, options["verb"].replace("-", "_")), options)

    def _carry_out(self, verb: Callable[[dict[str, Any]], None], options: dict[str, Any]) -> None:
        try:
            verb(options)
        except (DecisionRefused, ConnectorError) as fault:
            raise CommandError(fault.sentence) from fault
        except (ValidationError, ObjectDoesNotExist, PermissionDenied, ValueError, LookupError) as fault:
            raise CommandError(" ".join(getattr(fault, "messages", [str(fault)]))) from fault

    def actor(self, options: dict[str, Any]) -> Actor:
        """The person named with --as, else the operator at the console."""
        if not options["as_"]:
            return console()
        try:
            return Actor.of(User.objects.get(email=options["as_"].lower()))
        except User.DoesNotExist:
            raise CommandError(f"{options['as_']} is no user of this partner.") from None

    def table(self, rows: list[tuple[Any, ...]], *widths: int) -> None:
        """Prints rows in columns."""
        for row in rows:
            self.stdout.write(" ".join(str(cell).ljust(width) for cell, width in zip(row, (*widths, 0), strict=False)))
