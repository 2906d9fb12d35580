"""When too many records vanish at once to believe it."""

from __future__ import annotations

FEW = 5  # fewer than these, out of more, may go without asking


def too_many(vanished: int, known: int) -> bool:
    """More than a fifth and at least five, or all of them."""
    return 0 < vanished == known or (vanished >= FEW and vanished * 5 > known)


def extrapolated(vanished: int, sampled: int, gone: int) -> int:
    """How many of the vanished are gone, judging by the sample that was asked for one by one; never too few."""
    return -(-vanished * gone // sampled) if sampled else 0


def worth_asking(missing: int) -> bool:
    """Whether a record that was missing in so many sweeps is asked for by name: after 2, 4, 8 … of them.

    A record that merely left a filter stays missing for ever; it is asked for ever more seldom.
    """
    return missing >= 2 and missing & (missing - 1) == 0
