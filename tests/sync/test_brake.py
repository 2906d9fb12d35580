"""When too many vanish at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.engine.brake import extrapolated, too_many, worth_asking


@pytest.mark.parametrize(
    ("vanished", "known", "stops"),
    [(4, 6, False), (5, 25, False), (5, 24, True), (6, 25, True), (1, 1, True), (0, 0, False), (2113, 2500, True)],
)
def test_more_than_a_fifth_and_at_least_five_or_all_stop(vanished: int, known: int, stops: bool) -> None:
    assert too_many(vanished, known) is stops


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_who_stops_for_some_stops_for_more(vanished: int, known: int) -> None:
    if too_many(vanished, known) and vanished < known:
        assert too_many(vanished + 1, known)


@given(st.integers(1, 10_000), st.integers(1, 20))
def test_a_sample_that_is_wholly_gone_means_that_all_are(vanished: int, sampled: int) -> None:
    assert extrapolated(vanished, sampled, sampled) == vanished
    assert extrapolated(vanished, sampled, 0) == 0


def test_a_record_is_asked_for_after_two_sweeps_and_ever_more_seldom() -> None:
    assert [n for n in range(40) if worth_asking(n)] == [2, 4, 8, 16, 32]
