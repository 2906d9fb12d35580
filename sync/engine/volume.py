"""Whether as much arrives as always does, judged by the same weekdays before."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

DAYS_AT_LEAST = 3  # fewer days say nothing about what is usual
MANY = 20  # from so many on, a trickle is as suspicious as silence
WHOLE_AT_LEAST = 10  # full runs smaller than this are not compared


def usual(earlier: Sequence[int]) -> int | None:
    """What usually has arrived by this time; None where nothing can be said, or where quiet days are known."""
    if len(earlier) < DAYS_AT_LEAST or min(earlier) == 0:
        return None
    return int(median(earlier))


def too_quiet(today: int, earlier: Sequence[int]) -> bool:
    """Nothing where something always does, or a tenth of the least there ever was where much does."""
    expected = usual(earlier)
    return expected is not None and (today == 0 or (expected >= MANY and today * 10 < min(earlier)))


def far_fewer(brought: int, before: int) -> bool:
    """Less than half of what the last full run brought."""
    return before >= WHOLE_AT_LEAST and brought * 2 < before
