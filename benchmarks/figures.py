"""What a benchmark answers, and the one table all answers are printed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured figure. Without a goal it is for information; with `at_most` the goal is an upper bound."""

    name: str
    measured: float
    goal: float | None = None
    unit: str = "×"
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.goal is None:
            return None
        return self.measured <= self.goal if self.at_most else self.measured >= self.goal

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        bound = {"goal": self.goal, "at_most": self.at_most, "met": self.met}
        return {"name": self.name, "measured": round(self.measured, 4), "unit": self.unit, **bound, "note": self.note}


def table(figures: Sequence[Figure]) -> str:
    """The figures one below the other; what each means follows in its note."""
    rows = [("figure", "goal", "measured", ""), *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:<{widths[3]}}".rstrip()
        for row in rows
    ]
    lines.insert(1, "-" * (sum(widths) + 6))
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, str, str, str]:
    sign = "≤" if figure.at_most else "≥"
    goal = "" if figure.goal is None else f"{sign} {_number(figure.goal)}{_unit(figure)}"
    verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
    return figure.name, goal, f"{_number(figure.measured)}{_unit(figure)}", verdict


def _unit(figure: Figure) -> str:
    return f" {figure.unit}" if figure.unit else ""


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
