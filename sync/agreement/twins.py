"""Whether an ERP document that came from nowhere is one the AP service has too, under another spelling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from uuid import UUID

from connectors.base import LedgerLine
from finance.identity import normalise_invoice_number
from sync.agreement.standing import NEVER_POSTED
from sync.links.models import IdentityKey
from sync.links.selectors import counterparts
from sync.pipelines.models import Pipeline


class Twins:
    """Documents of the AP service by their number, and the vendors both sides know."""

    def __init__(self, pipeline: Pipeline, ap: Sequence[LedgerLine]) -> None:
        self.pipeline = pipeline
        self.numbers: defaultdict[tuple[str, str, str], list[LedgerLine]] = defaultdict(list)
        for line in ap:
            if line.stage not in NEVER_POSTED and (number := _number(line)):
                self.numbers[line.company, line.side, number].append(line)

    def of(self, line: LedgerLine) -> list[LedgerLine]:
        """Bills of the same vendor and number; where the vendor is not known, of the same number and amount."""
        alike = self.numbers.get((line.company, line.side, _number(line)), ()) if _number(line) else ()
        return [bill for bill in alike if self._same(bill, line)]

    def _same(self, bill: LedgerLine, line: LedgerLine) -> bool:
        if _vendor(bill) == _vendor(line):
            return True
        ours, theirs = self._ids[_vendor(bill)], self._erp_ids[_vendor(line)]
        if ours and theirs:
            return bool(ours & theirs)
        return (bill.currency, bill.amount) == (line.currency, line.amount)

    @cached_property
    def _ids(self) -> defaultdict[str, set[str]]:
        """Vendor number in the AP service → the ERP's ids of the linked vendors."""
        p, found = self.pipeline, defaultdict[str, set[str]](set)
        numbers = _vendors(p.source_id)
        linked = counterparts(p.source_id, p.target_id, (("vendor", key) for key, _ in numbers))
        for key, number in numbers:
            found[number] |= {linked["vendor", key]} if ("vendor", key) in linked else set()
        return found

    @cached_property
    def _erp_ids(self) -> defaultdict[str, set[str]]:
        found = defaultdict[str, set[str]](set)
        for key, number in _vendors(self.pipeline.target_id):
            found[number].add(key)
        return found


def _vendors(connection_id: UUID) -> list[tuple[str, str]]:
    """(id, number) of every vendor a connection is known to hold."""
    known: Iterable[tuple[str, str | None]] = IdentityKey.objects.filter(
        connection_id=connection_id, object="vendor"
    ).values_list("external_id", "facts__record__vendor_number")
    return [(key, number) for key, number in known if number]


def _vendor(line: LedgerLine) -> str:
    return line.key.partition("|")[0].strip()


def _number(line: LedgerLine) -> str:
    """The number of the document in its normal form; "" where it has none of its own."""
    return normalise_invoice_number(line.key.partition("|")[2])
