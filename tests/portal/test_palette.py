"""Any colour a partner may choose gives a palette that can be read, in light and in dark."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.brand.palette import EDGE, GROUNDS, TEXT, ColourFault, Tokens, contrast, css, derive, digest, parse

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def weakest(tokens: Tokens, ink: str, *grounds: str) -> float:
    return min(contrast(tokens[ink], tokens[ground]) for ground in grounds)


@given(colours)
@example("#ffffff")
@example("#000000")
@example("#ffff00")
@example("#00ff00")
@example("#0000ff")
@example("#777777")
@example("#facc15")
def test_every_text_can_be_read_whatever_the_brand(brand: str) -> None:
    palette = derive(brand)
    for tokens in (palette.light, palette.dark):
        for ink in ("ink", "mute", "accent-text", "ok", "warn", "bad", "info"):
            assert weakest(tokens, ink, *GROUNDS, "accent-soft") >= TEXT, ink
        for state in ("ok", "warn", "bad", "info"):
            assert weakest(tokens, state, f"{state}-soft") >= TEXT, state
            assert weakest(tokens, "ink", f"{state}-soft") >= TEXT, state
        assert weakest(tokens, "on-accent", "accent", "accent-hover") >= TEXT


@given(colours)
@example("#ffffff")
@example("#000000")
def test_controls_and_focus_stand_out_from_what_they_lie_on(brand: str) -> None:
    palette = derive(brand)
    for tokens in (palette.light, palette.dark):
        for edge in ("control", "focus", "accent-edge"):
            assert weakest(tokens, edge, *GROUNDS[:3]) >= EDGE, edge


@given(colours)
def test_the_neutrals_stay_nearly_grey(brand: str) -> None:
    for tokens in (derive(brand).light, derive(brand).dark):
        for name in ("bg", "surface", "sunken", "line"):
            channels = [int(tokens[name][at : at + 2], 16) for at in (1, 3, 5)]
            assert max(channels) - min(channels) <= 12, name


def test_light_uses_the_very_colour_the_partner_gave() -> None:
    assert derive("#0F766E").light["accent"] == "#0f766e"


def test_the_stylesheet_is_named_by_its_content() -> None:
    assert digest("#0f766e") == digest("0F766E ") != digest("#0f766f")
    assert "--accent:light-dark(#0f766e," in css("#0f766e")


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#1234567", "url(x)"])
def test_what_is_no_colour_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ColourFault, match="six hexadecimal digits"):
        parse(text)
