"""Dates as text: patterns like DD.MM.YYYY, compiled once. Business dates have no zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Final

from mappings.engine.faults import Refused

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TOKENS: Final = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "YY": r"(?P<short>[0-9]{2})",
    "MMM": r"(?P<name>[A-Za-z]{3})",
    "MM": r"(?P<month>[0-9]{2})",
    "M": r"(?P<month>[0-9]{1,2})",
    "DD": r"(?P<day>[0-9]{2})",
    "D": r"(?P<day>[0-9]{1,2})",
}
_SPLIT: Final = re.compile("(YYYY|YY|MMM|MM|M|DD|D)")


class DayPattern:
    """Reads and writes dates in one form. Two-digit years are 2000 to 2099."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts = [part for part in _SPLIT.split(text) if part]
        tokens = [part for part in self.parts if part in _TOKENS]
        if sorted(token[0] for token in tokens) != ["D", "M", "Y"] or len(text) > 40:
            raise Refused(f"“{text[:40]}” is not a date pattern; write day, month and year once each, like DD.MM.YYYY")
        self.match = re.compile("".join(_TOKENS.get(p) or re.escape(p) for p in self.parts)).fullmatch

    def read(self, text: str) -> str:
        """ISO text of the date."""
        found = self.match(text.strip()) if len(text) <= 40 else None
        if found is None:
            raise Refused(f"“{text[:60]}” is not a date written as {self.text}")
        parts = found.groupdict()
        year = int(parts["year"]) if "year" in parts else 2000 + int(parts["short"])
        return iso_day(year, _month(parts), int(parts["day"]))

    def write(self, day: date) -> str:
        return "".join(_WRITERS[p](day) if p in _WRITERS else p for p in self.parts)


_WRITERS: Final[dict[str, Callable[[date], str]]] = {
    "YYYY": lambda d: f"{d.year:04}",
    "YY": lambda d: f"{d.year % 100:02}",
    "MMM": lambda d: _MONTHS[d.month - 1].capitalize(),
    "MM": lambda d: f"{d.month:02}",
    "M": lambda d: str(d.month),
    "DD": lambda d: f"{d.day:02}",
    "D": lambda d: str(d.day),
}


def read_iso(text: str) -> date:
    """The date of ISO text, refused in words where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"“{text[:60]}” is not a date like 2026-03-31") from None


def iso_day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise Refused(f"there is no day {day} in month {month} of {year}") from None


def _month(parts: dict[str, str]) -> int:
    if "month" in parts:
        return int(parts["month"])
    name = parts["name"].lower()
    if name not in _MONTHS:
        raise Refused(f"“{parts['name']}” is not a month’s English abbreviation")
    return _MONTHS.index(name) + 1
