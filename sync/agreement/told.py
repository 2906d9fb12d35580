"""What the portal knows of why a record stands in one system only, and how long that is good for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from connectors.base import LedgerLine
from finance.agreement import Explanation, Reason, Where

GOOD_FOR = timedelta(days=1)  # what is still on its way after a day is no longer explained by being on its way


@dataclass(frozen=True)
class Told:
    """A reason with the sentence a person reads."""

    reason: Reason
    sentence: str


def on_its_way(reason: Reason, sentence: str, since: datetime | None, now: datetime) -> Told | None:
    """Only for a day: whatever should move and does not is somebody's to look at."""
    if since is None or now - since > GOOD_FOR:
        return None
    return Told(reason, f"{sentence}, since {since:%Y-%m-%d %H:%M} UTC.")


def by_key(told: Iterable[tuple[LedgerLine, Told | None]], where: Where) -> dict[str, list[Explanation]]:
    """Key → its explanations, one for each place it stands in; none where any of its lines there is unexplained."""
    places: defaultdict[tuple[str, str, str, str], list[tuple[LedgerLine, Told | None]]] = defaultdict(list)
    for line, why in told:
        places[line.key, line.company, line.currency, line.side].append((line, why))
    found: defaultdict[str, list[Explanation]] = defaultdict(list)
    for (key, *_), lines in places.items():
        for explanation in _explained(lines, where):
            found[key].append(explanation)
    return dict(found)


def _explained(lines: list[tuple[LedgerLine, Told | None]], where: Where) -> Iterator[Explanation]:
    reasons = [why for _, why in lines if why is not None]
    if len(reasons) < len(lines):
        return
    line, total = lines[0][0], sum((line.amount for line, _ in lines), Decimal(0))
    said = " ".join(dict.fromkeys(why.sentence for why in reasons))
    yield Explanation(reasons[0].reason, where, total, line.side, line.company, line.currency, said)


def merged(*sides: Mapping[str, list[Explanation]]) -> dict[str, list[Explanation]]:
    """The explanations of both sides; a key may be told of on each."""
    keys = dict.fromkeys(key for side in sides for key in side)
    return {key: [one for side in sides for one in side.get(key, ())] for key in keys}
