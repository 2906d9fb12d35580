"""The last chapter: both systems' own books side by side, and whatever nobody can explain in red."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal

from demo.golive import REASONS
from demo.story.day import Day, number
from demo.story.table import wait
from sync.agreement.models import Agreement, AgreementRow
from sync.agreement.services import agree
from sync.runs.models import Run

RED, PLAIN = "\033[31m", "\033[0m"
COLUMNS = (
    f"  {'object':15}{'entity':7}{'cur':4}{'':8}{'ERP':>14}{'portal':>14}{'AP':>14}{'explained':>14}{'unexplained':>14}"
)


def the_books_agree(day: Day) -> int:
    """Prints the agreement; returns how many differences nobody can explain."""
    wait("all runs to end", lambda: not Run.objects.filter(state__in=["queued", "working"]).exists() or None, 120)
    with day.table.did("both") as row:
        taken = agree(actor=day.portal.person("engineer"), customer_id=day.portal.customer.pk)
        row.words = f"own books read at {taken.read_at:%H:%M:%S} UTC as of {taken.as_of}; digest {taken.digest[:16]}"
    _show(day, taken)
    return int(taken.unexplained)


def _show(day: Day, taken: Agreement) -> None:
    say = day.table.say
    say(f"\n{COLUMNS}")
    for row in taken.rows.order_by("object", "company", "currency"):
        if any(side["count"] for side in (row.erp, row.portal, row.ap)):
            for line in _lines(row):
                say(line)
    for row in taken.rows.order_by("object", "company", "currency"):
        for text in _reasons(row):
            say(text)
    for row in taken.rows.all():
        for found in row.unexplained:
            words = f"ERP {found['erp_count']}: {found['erp']}, AP {found['ap_count']}: {found['ap']}"
            say(
                _red(
                    f"  UNEXPLAINED {row.object} {row.company} {row.currency} {found['key']} ({found['side']}) {words}"
                )
            )
    for gap in taken.not_compared:
        say(f"  {gap['object']:15}not compared: {gap['sentence']}")
    verdict = f"{taken.unexplained} differences unexplained"
    say("\n  " + (_red(verdict) if taken.unexplained else f"{verdict}: both sides agree to the cent."))


def _lines(row: AgreementRow) -> list[str]:
    """Count, debit and credit of one object, entity and currency; sides that carry nothing are left out."""
    head = f"  {row.object:15}{row.company or 'all':7}{row.currency:4}"
    made = []
    for what, mine in (("count", ("erp_count", "ap_count")), ("debit", ("erp", "ap")), ("credit", ("erp", "ap"))):
        told, untold = (_off(found, what, mine) for found in (row.explained, row.unexplained))
        cells = [number(side[what]) for side in (row.erp, row.portal, row.ap)]
        if what == "count" or any(cells):
            shown = "".join(f"{_text(value, what):>14}" for value in (*cells, told, untold))
            made.append(f"{head if what == 'count' else ' ' * len(head)}{what:8}{shown}")
    return made


def _reasons(row: AgreementRow) -> Iterator[str]:
    """Per reason how many records, what each system holds of them, never set off against each other, and their keys."""
    place = f"  {row.object:15}{row.company or 'all':7}{row.currency:4}"
    for reason in sorted({found["reason"] for found in row.explained}):
        mine = [found for found in row.explained if found["reason"] == reason]
        keys = [found["key"].strip("|") for found in mine]
        shown = ", ".join(keys[:4]) + (f" and {len(keys) - 4} more" if len(keys) > 4 else "")
        sums = [sum((number(found[side]) for found in mine), Decimal(0)) for side in ("erp", "ap")]
        money = f" (ERP {sums[0]:,.2f}, AP {sums[1]:,.2f})" if any(sums) else ""
        yield f"{place}{len(mine):3} {REASONS.get(reason, reason)}{money}: {shown}"


def _off(found: list[dict[str, str]], what: str, mine: tuple[str, str]) -> Decimal:
    """ERP less AP of these differences, of one side of the books or in count."""
    chosen = [one for one in found if what in ("count", one["side"])]
    return sum((number(one[mine[0]]) - number(one[mine[1]]) for one in chosen), Decimal(0))


def _text(value: Decimal, what: str) -> str:
    return f"{value:,}" if what == "count" else f"{value:,.2f}"


def _red(text: str) -> str:
    return f"{RED}{text}{PLAIN}" if sys.stdout.isatty() else text
