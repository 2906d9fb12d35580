"""For how long a partner keeps content."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from portal.management.verbs import PartnerCommand
from sync.runs import retention


class Command(PartnerCommand):
    """`manage.py retention --partner acme show|set`."""

    help = "Shows and sets for how many days raw bodies, values and notifications are kept. Proofs are always kept."
    verbs = {"show": "the days in force", "set": "change them, for what is there too"}

    def arguments_of(self, verb: str, parser: CommandParser) -> None:
        if verb == "set":
            parser.add_argument("--bodies", type=int, help="days to keep records as they were read (at least 7)")
            parser.add_argument("--values", type=int, help="days to keep what was decided and sent (at least 90)")
            parser.add_argument("--notifications", type=int, help="days to keep worked notifications (at least 7)")

    def show(self, options: dict[str, Any]) -> None:
        kept = retention.in_force()
        days = ((name, f"{getattr(kept, f'{name}_days')} days") for name in ("bodies", "values", "notifications"))
        self.table(list(days), 16)

    def set(self, options: dict[str, Any]) -> None:
        given = {f"{name}_days": options[name] for name in ("bodies", "values", "notifications") if options[name]}
        retention.set_days(actor=self.actor(options), **given)
        self.show(options)
