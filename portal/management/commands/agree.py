"""The operator's verb on agreements."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.management.verbs import PartnerCommand
from sync.agreement.models import Agreement
from sync.agreement.services import agree
from tenancy.customers.models import Customer


class Command(PartnerCommand):
    """`manage.py agree --partner acme take CUSTOMER`; ends with 1 while anything is unexplained."""

    help = "Compares both systems' own books of a customer and says what differs and why."
    verbs = {"take": "read both systems now", "last": "show the newest agreement"}

    def arguments_of(self, verb: str, parser: CommandParser) -> None:
        parser.add_argument("customer", help="the customer's code")
        if verb == "take":
            parser.add_argument("--as-of", type=date.fromisoformat, help="a day such as 2026-10-31; today if not given")
            parser.add_argument("--opening", action="store_true", help="the agreement a pipeline goes live on")

    def take(self, options: dict[str, Any]) -> None:
        customer = Customer.objects.get(code=options["customer"])
        taken = agree(
            actor=self.actor(options), customer_id=customer.pk, as_of=options["as_of"], opening=options["opening"]
        )
        self._show(taken)

    def last(self, options: dict[str, Any]) -> None:
        taken = Agreement.objects.filter(customer__code=options["customer"]).order_by("-read_at").first()
        if taken is None:
            raise CommandError("No agreement has been taken yet.")
        self._show(taken)

    def _show(self, taken: Agreement) -> None:
        self.stdout.write(f"as of {taken.as_of}, read {taken.read_at:%Y-%m-%d %H:%M:%S} UTC in {taken.seconds} s")
        head = ("object", "entity", "cur", "ERP", "portal", "AP", "explained", "unexplained")
        rows = [
            (
                *(r.object, r.company or "all", r.currency),
                *(_cell(r.erp), _cell(r.portal), _cell(r.ap), len(r.explained), len(r.unexplained)),
            )
            for r in taken.rows.order_by("object", "company", "currency")
        ]
        self.table([head, *rows], 15, 8, 4, 34, 34, 34, 10)
        for row in taken.rows.all():
            for found in row.unexplained:
                self.stdout.write(f"  UNEXPLAINED {row.object} {found['key']}: ERP {found['erp']}, AP {found['ap']}")
        if taken.unexplained:
            raise CommandError(f"{taken.unexplained} differences are unexplained.")


def _cell(sums: dict[str, Any]) -> str:
    return f"{sums['count']}: {sums['debit']} D / {sums['credit']} C"
