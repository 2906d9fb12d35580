"""Both systems' own books, read side by side at one time, by code that knows nothing of mappings, links or counters."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.base import Connector, LedgerLine
from connectors.errors import Retryable
from sync.engine import measure
from sync.pipelines.states import SHARED_OBJECTS

PAUSES = (0.5, 1.5, 4.0)  # seconds


@dataclass(frozen=True)
class Covered:
    """An entity and what either system calls it."""

    code: str
    erp_company: str
    ap_company: str


@dataclass(frozen=True)
class Books:
    """One object in both systems' books, companies named by our entity codes."""

    object: str
    erp: Sequence[LedgerLine]
    ap: Sequence[LedgerLine]


def read(obj: str, erp: Connector, ap: Connector, covered: Sequence[Covered], as_of: date) -> Books | None:
    """Both sides' lines; None where one of the systems keeps no books of this object.

    A system that is busy for a moment is asked again: nothing is written, so nothing can be doubled.
    """
    for pause in PAUSES:
        try:
            return _read(obj, erp, ap, covered, as_of)
        except Retryable:
            time.sleep(pause)
    return _read(obj, erp, ap, covered, as_of)


def _read(obj: str, erp: Connector, ap: Connector, covered: Sequence[Covered], as_of: date) -> Books | None:
    places = [Covered("", covered[0].erp_company, covered[0].ap_company)] if obj in SHARED_OBJECTS else list(covered)
    try:
        ours = [line for p in places for line in _booked(erp, obj, p.erp_company, p.code, as_of)]
        theirs = [line for p in places for line in _booked(ap, obj, p.ap_company, p.code, as_of)]
    except NotImplementedError:
        return None
    return Books(obj, ours, theirs)


def _booked(connector: Connector, obj: str, company: str, code: str, as_of: date) -> Iterator[LedgerLine]:
    """What counts: a draft is not what was posted, even where its amount is the same."""
    lines = connector.ledger(obj, company=company, as_of=as_of)
    return (_named(line, code) for line in lines if line.booked)


def codes(obj: str, covered: Sequence[Covered]) -> list[str]:
    """The entity codes that lines of this object may carry; "" where all entities share them."""
    return [""] if obj in SHARED_OBJECTS else [place.code for place in covered]


def _named(line: LedgerLine, code: str) -> LedgerLine:
    """The line under our entity's code; one without a whole key (vendor and number) is known by its id."""
    complete = all(part.strip() for part in line.key.split("|"))
    return LedgerLine(
        line.object, str(line.external_id), line.key if complete else f"#{line.external_id}", code,
        line.currency if measure.has_money(line.object) else "",
        line.side, line.amount, line.stage, line.day, line.reference,
    )  # fmt: skip
