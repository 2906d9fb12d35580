"""Dates. Business dates are ISO text without a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mappings.engine.days import DayPattern, read_iso
from mappings.engine.faults import Refused
from mappings.engine.registry import example, transform


@transform(
    label="Date",
    accepts=("text", "day pattern?"),
    returns="text",
    remembers=40,
    examples=[
        example("03/31/2026", "MM/DD/YYYY", gives="2026-03-31"),
        example("1.2.2026", "D.M.YYYY", gives="2026-02-01"),
        example("31-Mar-26", "DD-MMM-YY", gives="2026-03-31"),
        example("2026-03-31", gives="2026-03-31"),
        example("2026-03-31T22:30:00", gives="2026-03-31"),
        example("31.02.2026", "DD.MM.YYYY", refused="no day 31"),
        example("soon", "DD.MM.YYYY", refused="not a date written as"),
        example(None, gives=None),
    ],
)
def date(value: str, pattern: DayPattern | None = None) -> str:
    """Reads a date written in a pattern, without one an ISO date or the day of an ISO time."""
    if pattern is not None:
        return pattern.read(value)
    return read_iso(value[:10] if value[10:11] in ("T", " ", "") else value).isoformat()


@transform(
    label="Write a date",
    accepts=("day", "day pattern"),
    returns="text",
    remembers=40,
    examples=[
        example("2026-03-05", "D.M.YY", gives="5.3.26"),
        example("2026-03-05", "DD MMM YYYY", gives="05 Mar 2026"),
    ],
)
def write_date(value: str, pattern: DayPattern) -> str:
    """Writes a date in a pattern."""
    return pattern.write(read_iso(value))


@transform(
    label="Add days",
    accepts=("day", "number"),
    returns="text",
    examples=[
        example("2026-02-27", 2, gives="2026-03-01"),
        example("2026-03-01", "-1", gives="2026-02-28"),
        example("2026-03-01", "1.5", refused="whole days"),
        example("9999-12-31", 1, refused="calendar"),
    ],
)
def add_days(value: str, days: object) -> str:
    """The date so many days later, or earlier for a negative number."""
    count = int(str(days)) if str(days).lstrip("-").isdigit() else None
    if count is None or abs(count) > 40_000:
        raise Refused("add whole days, at most 40,000")
    try:
        return (read_iso(value) + timedelta(days=count)).isoformat()
    except OverflowError:
        raise Refused("the date is outside the calendar") from None


@transform(
    label="Days between",
    accepts=("day", "day"),
    returns="integer",
    examples=[example("2026-03-01", "2026-03-31", gives=30), example("2026-03-02", "2026-03-01", gives=-1)],
)
def days_between(start: str, end: str) -> int:
    """The number of days from one date to another."""
    return (read_iso(end) - read_iso(start)).days


@transform(
    label="Instant",
    accepts=("text",),
    returns="text",
    remembers=40,
    examples=[
        example("2026-03-31T10:00:00+02:00", gives="2026-03-31T08:00:00Z"),
        example("2026-03-31 10:00:00", gives="2026-03-31T10:00:00Z"),
        example("today", refused="not a time"),
    ],
)
def instant(value: str) -> str:
    """A point in time in UTC; a time without a zone is taken as UTC."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(f"“{value[:60]}” is not a time like 2026-03-31T10:00:00Z") from None
    moment = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")
