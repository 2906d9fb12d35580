"""One brand colour becomes light and dark tokens in OKLCH, each text colour checked against what it stands on.

Pure: standard library only. Computed on the server because mail and PDF need the same values.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

NEUTRAL = "#4b5563"  # for hosts that belong to no partner
TEXT = 4.5  # WCAG 2.2 AA, text
EDGE = 3.0  # WCAG 2.2 AA, controls and focus marks
_LIGHT = {"bg": 0.982, "surface": 1.0, "sunken": 0.963, "raised": 1.0, "well": 0.938, "line": 0.912, "ink": 0.225}
_DARK = {"bg": 0.178, "surface": 0.212, "sunken": 0.16, "raised": 0.245, "well": 0.265, "line": 0.3, "ink": 0.94}
_STATES: Mapping[str, float] = {"ok": 150, "warn": 70, "bad": 25, "info": 250}  # hue in degrees
GROUNDS = ("surface", "bg", "sunken", "raised", "well")  # what text may stand on; controls only on the first three
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")

Tokens = Mapping[str, str]
Rgb = tuple[float, float, float]


class ColourFault(ValueError):
    """The text is not a colour of the form #rrggbb."""


@dataclass(frozen=True)
class Palette:
    """Token name → #rrggbb, once for light and once for dark; both have the same names."""

    brand: str
    light: Tokens
    dark: Tokens


def parse(text: str) -> str:
    """The colour as lower-case #rrggbb."""
    match = _HEX.fullmatch(text.strip())
    if not match:
        raise ColourFault(f"“{text}” is not a colour. Write six hexadecimal digits, for example #0f766e.")
    return f"#{match[1].lower()}"


def luminance(colour: str) -> float:
    """Relative luminance (WCAG), 0 for black to 1 for white."""
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG), 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=512)
def derive(brand: str) -> Palette:
    """The whole palette of one brand colour; raises ColourFault."""
    colour = parse(brand)
    return Palette(colour, _Mode(colour, dark=False).tokens(), _Mode(colour, dark=True).tokens())


@lru_cache(maxsize=512)
def css(brand: str) -> str:
    """The palette as one `:root` rule; the browser picks the side by `color-scheme`."""
    palette = derive(brand)
    rules = "".join(f"--{name}:light-dark({palette.light[name]},{palette.dark[name]});" for name in palette.light)
    return f":root{{{rules}}}\n"


def digest(brand: str) -> str:
    """Names the stylesheet by its content, so that it may be cached for ever."""
    return hashlib.sha256(css(brand).encode()).hexdigest()[:16]


class _Mode:
    """One side of the palette. Lightness (0–1), chroma and hue are OKLCH."""

    def __init__(self, brand: str, *, dark: bool) -> None:
        self.brand, self.dark = brand, dark
        self.lightness, self.chroma, self.hue = to_oklch(brand)
        self.grey = min(self.chroma, 0.004)
        self.step = 0.01 if dark else -0.01

    def tokens(self) -> Tokens:
        """Every token of this side."""
        out = self._neutrals()
        grounds = [out[name] for name in GROUNDS]
        out |= self._accents(grounds)
        grounds.append(out["accent-soft"])
        out |= {"mute": self._until(0.68 if self.dark else 0.54, self.grey * 1.5, self.hue, grounds, TEXT)}
        for name, hue in _STATES.items():
            soft = from_oklch(0.27, 0.045, hue) if self.dark else from_oklch(0.96, 0.03, hue)
            chosen = self._until(0.74 if self.dark else 0.56, 0.15, hue, [*grounds, soft], TEXT)
            out |= {name: chosen, f"{name}-soft": soft}
        return out

    def _neutrals(self) -> dict[str, str]:
        levels = _DARK if self.dark else _LIGHT
        out = {name: from_oklch(level, self.grey, self.hue) for name, level in levels.items()}
        control = self._until(0.46 if self.dark else 0.7, self.grey, self.hue, [out[n] for n in GROUNDS[:3]], EDGE)
        return out | {"control": control}

    def _accents(self, grounds: Sequence[str]) -> dict[str, str]:
        shape = self.chroma, self.hue
        accent = from_oklch(max(self.lightness, 0.42), *shape) if self.dark else self.brand
        on_accent = max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, accent))
        away = 0.045 if on_accent == "#000000" else -0.045  # hover keeps or widens the contrast of its text
        soft = from_oklch(0.275, min(self.chroma, 0.045), self.hue) if self.dark else self._tint()
        return {
            "accent": accent,
            "on-accent": on_accent,
            "accent-hover": from_oklch(to_oklch(accent)[0] + away, *shape),
            "accent-edge": self._until(self.lightness, *shape, grounds, EDGE),
            "accent-soft": soft,
            "accent-text": self._until(self.lightness, *shape, [*grounds, soft], TEXT),
            "focus": self._until(self.lightness, *shape, [*grounds, soft], EDGE),
        }

    def _tint(self) -> str:
        return from_oklch(0.955, min(self.chroma, 0.028), self.hue)

    def _until(self, lightness: float, chroma: float, hue: float, grounds: Sequence[str], ratio: float) -> str:
        """Walks lightness away from the grounds until the ratio holds on every one of them."""
        level = min(0.98, max(0.02, lightness))
        colour = from_oklch(level, chroma, hue)
        while min(contrast(colour, ground) for ground in grounds) < ratio and 0 < level < 1:
            level += self.step
            colour = from_oklch(level, chroma, hue)
        return colour


# ------------------------------------------------------------------------------- sRGB ↔ OKLCH (Ottosson 2020)
def to_oklch(colour: str) -> tuple[float, float, float]:
    """(lightness 0–1, chroma, hue in degrees) of #rrggbb."""
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def from_oklch(lightness: float, chroma: float, hue: float) -> str:
    """#rrggbb; chroma is reduced until the colour lies inside sRGB."""
    level = min(1.0, max(0.0, lightness))
    low, high = 0.0, chroma
    if _inside(_linear_rgb(level, chroma, hue)):
        low = chroma
    else:
        for _ in range(18):
            middle = (low + high) / 2
            low, high = (middle, high) if _inside(_linear_rgb(level, middle, hue)) else (low, middle)
    channels = (_gamma(max(0.0, channel)) for channel in _linear_rgb(level, low, hue))
    return "#" + "".join(f"{round(min(1.0, channel) * 255):02x}" for channel in channels)


def _linear_rgb(lightness: float, chroma: float, hue: float) -> Rgb:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _inside(rgb: Rgb) -> bool:
    return all(-1e-4 <= channel <= 1.0001 for channel in rgb)


def _channels(colour: str) -> Rgb:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)
