"""Judgements about pairs, and how they become proposals a person can settle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["certain", "likely", "none"]
SHOWN = 5  # candidates a person is shown for one record
_RANK: Mapping[Verdict, int] = {"certain": 0, "likely": 1, "none": 2}
_NOTHING = "Nothing in the other system comes near."


@dataclass(frozen=True)
class Judgement:
    """How two records compare: the verdict, a score from 0 to 100 to sort by, and the reasons as sentences."""

    verdict: Verdict
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """A proposed link between a key of the left and one of the right; `right` is None where nothing comes near."""

    left: str
    right: str | None
    verdict: Verdict
    score: int
    reasons: tuple[str, ...]


def settle(judged: Mapping[str, Sequence[tuple[str, Judgement]]]) -> list[Proposal]:
    """Proposals for every left key, best first. Certain is only what is the only certain pair of both its records."""
    certain = [(key, other) for key, pairs in judged.items() for other, pair in pairs if pair.verdict == "certain"]
    lefts, rights = Counter(key for key, _ in certain), Counter(other for _, other in certain)
    return [
        proposal
        for key, pairs in judged.items()
        for proposal in _proposals(key, [(other, pair, max(lefts[key], rights[other])) for other, pair in pairs])
    ]


def _proposals(key: str, pairs: list[tuple[str, Judgement, int]]) -> Iterator[Proposal]:
    near = [pair for pair in pairs if pair[1].verdict != "none"]
    if not near:
        yield Proposal(key, None, "none", 0, (_NOTHING,))
    for other, judgement, claims in sorted(near, key=lambda p: (_RANK[p[1].verdict], -p[1].score, p[0]))[:SHOWN]:
        if judgement.verdict == "certain" and claims > 1:
            words = f"{claims} records fit equally well; a person decides which is meant."
            yield Proposal(key, other, "likely", judgement.score, (*judgement.reasons, words))
        else:
            yield Proposal(key, other, judgement.verdict, judgement.score, judgement.reasons)
