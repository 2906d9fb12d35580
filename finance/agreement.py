"""Whether two systems agree, line by line: counted and summed apart from everything that moved the records.

Debits and credits are never netted, in no sum and in no explanation: +100 and -100 that were lost are two differences.
A difference is explained only by a reason that can produce it; whatever is left is unexplained. All in one file, so
that whoever audits the agreement has one file to read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from typing import Literal, TypeAlias

from finance.money import MoneyFault, smallest_unit

Side: TypeAlias = Literal["debit", "credit"]
Where: TypeAlias = Literal["left", "right"]
Reason: TypeAlias = Literal[
    "in_process",
    "in_transit",
    "held",
    "out_of_scope",
    "erp_keyed",
    "manual_journal",
    "revaluation",
    "rounding",
    "cut_off",
]
# Reasons why a whole record stands on one side only; the two others change an amount that both sides have.
_ONE_SIDED: frozenset[str] = frozenset(
    {"in_process", "in_transit", "held", "out_of_scope", "erp_keyed", "manual_journal", "cut_off"}
)
_ROUNDING_UNITS = 5  # smallest units of the currency that rounding may set one line apart
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One document as one system's own books show it. `amount` is unsigned; `key` is what both sides compare by."""

    key: str
    company: str
    currency: str
    side: Side
    amount: Decimal
    stage: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Explanation:
    """Why a key differs. What is stated besides the reason must be so, or it explains nothing.

    `only`: the system the record stands in. `amount`: how far apart the two are. `side`, `company`, `currency`: where.
    `sentence` says it to a person.
    """

    reason: Reason
    only: Where | None = None
    amount: Decimal | None = None
    side: Side | None = None
    company: str | None = None
    currency: str | None = None
    sentence: str = ""


Given: TypeAlias = Reason | Explanation | Sequence[Explanation]  # of one key; several where it stands in several places


@dataclass(frozen=True, slots=True)
class Sums:
    """Count of lines and their unsigned totals, debits and credits apart."""

    count: int = 0
    debit: Decimal = _ZERO
    credit: Decimal = _ZERO

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.count - other.count, self.debit - other.debit, self.credit - other.credit)

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.count + other.count, self.debit + other.debit, self.credit + other.credit)


@dataclass(frozen=True)
class Difference:
    """One key on one side of the books where the two systems differ in amount or in number of lines."""

    key: str
    side: Side
    left_count: int
    right_count: int
    left_amount: Decimal
    right_amount: Decimal
    reason: Reason | None = None
    sentence: str = ""
    stages: tuple[str, ...] = ()
    day: date | None = None

    @property
    def sums(self) -> Sums:
        """Left less right, as it enters the row."""
        off = self.left_amount - self.right_amount
        count = self.left_count - self.right_count
        return Sums(count, off, _ZERO) if self.side == "debit" else Sums(count, _ZERO, off)


@dataclass(frozen=True)
class Row:
    """One object, company and currency; `difference` is left less right = explained + unexplained, exactly."""

    object: str
    company: str
    currency: str
    left: Sums
    portal: Sums
    right: Sums
    difference: Sums
    explained: tuple[Difference, ...] = ()
    unexplained: tuple[Difference, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether nothing is left unexplained."""
        return not self.unexplained

    def by_reason(self) -> dict[Reason, Sums]:
        """Explained differences added up per reason."""
        totals: defaultdict[Reason, Sums] = defaultdict(Sums)
        for part in self.explained:
            if part.reason:
                totals[part.reason] += part.sums
        return dict(totals)


@dataclass(frozen=True)
class Agreement:
    """All rows of one comparison. `unused`: keys whose explanation explained nothing, because the record has arrived
    meanwhile, differs otherwise than told, or has vanished from both systems.
    """

    rows: tuple[Row, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether no row has anything unexplained."""
        return all(row.agrees for row in self.rows)

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        """Everything that nobody can explain."""
        return tuple(part for row in self.rows for part in row.unexplained)


class OutOfBalance(AssertionError):
    """The split of a difference does not sum to the difference: a fault of this module, never of the books."""


Place: TypeAlias = tuple[str, str]  # company, currency
Column: TypeAlias = defaultdict[tuple[str, Side], list[Line]]  # one system's lines of one place, by key and side


def agree(
    obj: str,
    left: Iterable[Line],
    right: Iterable[Line],
    *,
    portal: Iterable[Line] = (),
    explanations: Mapping[str, Given] | None = None,
) -> Agreement:
    """Compares two independently read lists of lines; `portal` is shown beside them and judged by nobody.

    Companies must be named alike on both sides. A one-sided reason explains nothing about a key the other side holds
    anywhere, in whatever company or currency.
    """
    with localcontext(_EXACT):
        ours, theirs, between = _columns(left), _columns(right), _columns(portal)
        known = _Known(explanations or {}, {"left": _keys(ours), "right": _keys(theirs)})
        places = sorted({*ours, *theirs, *between})
        rows = tuple(_row(obj, place, ours[place], between[place], theirs[place], known) for place in places)
        explained = {found.key for row in rows for found in row.explained}
        return Agreement(rows, tuple(sorted(known.given.keys() - explained)))


def _columns(lines: Iterable[Line]) -> defaultdict[Place, Column]:
    columns: defaultdict[Place, Column] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line.amount < 0:
            raise ValueError(f"{line.key}: amounts are unsigned, the side says debit or credit; got {line.amount}")
        columns[line.company, line.currency][line.key, line.side].append(line)
    return columns


def _keys(columns: Mapping[Place, Column]) -> frozenset[str]:
    return frozenset(key for column in columns.values() for key, _ in column)


def _row(obj: str, place: Place, left: Column, portal: Column, right: Column, known: _Known) -> Row:
    ours, theirs = _sums(left), _sums(right)
    judged = [known.judge(found, place) for found in _differences(left, right)]
    row = Row(
        obj,
        *place,
        left=ours,
        portal=_sums(portal),
        right=theirs,
        difference=ours - theirs,
        explained=tuple(found for found in judged if found.reason),
        unexplained=tuple(found for found in judged if not found.reason),
    )
    _prove(row)
    return row


def _differences(left: Column, right: Column) -> Iterator[Difference]:
    """A key differs where its amounts, taken one by one, are not the same on both sides."""
    for key, side in sorted({*left, *right}):
        ours, theirs = left.get((key, side), []), right.get((key, side), [])
        if sorted(line.amount for line in ours) == sorted(line.amount for line in theirs):
            continue
        both = [*ours, *theirs]
        yield Difference(
            key,
            side,
            len(ours),
            len(theirs),
            sum((line.amount for line in ours), _ZERO),
            sum((line.amount for line in theirs), _ZERO),
            stages=tuple(dict.fromkeys(line.stage for line in both if line.stage)),
            day=min((line.day for line in both if line.day), default=None),
        )


def _sums(column: Column) -> Sums:
    lines = [line for group in column.values() for line in group]
    return Sums(
        len(lines),
        sum((line.amount for line in lines if line.side == "debit"), _ZERO),
        sum((line.amount for line in lines if line.side == "credit"), _ZERO),
    )


# ---------------------------------------------------------------------------------------------------- explanations
@dataclass(frozen=True)
class _Known:
    """What is known about keys: the explanations given, and which keys each side holds at all."""

    given: Mapping[str, Given]
    held: Mapping[Where, frozenset[str]]

    def judge(self, found: Difference, place: Place) -> Difference:
        """With its reason, if one is given that can have made this difference."""
        for told in _told(self.given.get(found.key)):
            one_sided = told.reason in _ONE_SIDED
            fits = self._fits_side(found, told) if one_sided else _fits_amount(found, told.reason, place[1])
            if fits and _as_told(found, told, place):
                return replace(found, reason=told.reason, sentence=told.sentence)
        return found

    def _fits_side(self, found: Difference, told: Explanation) -> bool:
        """Whether the record stands on one side only, and on the one that was told."""
        sides: list[Where] = [side for side in ("left", "right") if found.key in self.held[side]]
        return len(sides) == 1 and told.only in (None, sides[0])


def _told(given: Given | None) -> Sequence[Explanation]:
    if given is None or isinstance(given, Explanation):
        return [given] if given else []
    return [Explanation(given)] if isinstance(given, str) else given


def _fits_amount(found: Difference, reason: Reason, currency: str) -> bool:
    """Whether both sides hold the record, with an amount as far apart as the reason can set it."""
    if found.left_count != found.right_count:
        return False
    off = abs(found.left_amount - found.right_amount)
    return reason == "revaluation" or off <= _ROUNDING_UNITS * _unit(currency) * found.left_count


def _as_told(found: Difference, told: Explanation, place: Place) -> bool:
    return (
        told.company in (None, place[0])
        and told.currency in (None, place[1])
        and told.side in (None, found.side)
        and told.amount in (None, abs(found.left_amount - found.right_amount))
    )


def _unit(currency: str) -> Decimal:
    try:
        return smallest_unit(currency)
    except MoneyFault:
        return Decimal("0.01")


def _prove(row: Row) -> None:
    """left - right = explained + unexplained, in count, in debit and in credit."""
    split = Sums()
    for part in (*row.explained, *row.unexplained):
        split += part.sums
    if split != row.difference or row.left - row.right != row.difference:
        raise OutOfBalance(f"{row.object} {row.company} {row.currency}: {row.difference} is not the sum of {split}")
