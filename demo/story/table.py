"""The table the story prints as it goes: step, what happened in which system, correlation id, seconds."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")
WORDS = 74
HEAD = f"{'step':>4}  {'system':8}{'what happened':{WORDS}}  {'correlation id':32}  {'s':>6}"


class StoryFault(Exception):
    """Something is not as it should be; the text says what was expected and what was found."""


@dataclass
class Row:
    """One thing that happened."""

    words: str
    correlation: str = ""


@dataclass
class Table:
    """Prints one row per thing that happened."""

    say: Callable[[str], None] = lambda text: print(text, flush=True)
    began: float = field(default_factory=time.monotonic)
    step: str = ""
    rows: int = 0

    def open(self) -> None:
        self.say(f"\n{HEAD}\n{'-' * len(HEAD)}")

    def chapter(self, number: int, title: str) -> None:
        self.step = str(number)
        self.say(f"{number:>4}  {title}")

    @contextmanager
    def did(self, system: str, words: str = "") -> Iterator[Row]:
        """Something a system or a person does; printed once it is done."""
        row, began = Row(words), time.monotonic()
        yield row
        self._print(system, row, time.monotonic() - began)

    def close(self, well: bool) -> None:
        took = time.monotonic() - self.began
        self.say(
            f"\n{self.rows} things happened in {took:.0f} seconds; {'all' if well else 'not all'} as it should be."
        )

    def _print(self, system: str, row: Row, seconds: float) -> None:
        first, *more = textwrap.wrap(row.words, WORDS) or [""]
        self.say(f"{'':4}  {system:8}{first:{WORDS}}  {row.correlation:32}  {seconds:6.1f}")
        for words in more:
            self.say(f"{'':14}{words}")
        self.rows += 1


def expect(true: object, sentence: str) -> None:
    """Stops the story with the sentence where something is not so."""
    if not true:
        raise StoryFault(sentence)


def same(what: str, expected: Any, found: Any) -> None:
    """Stops the story where two values differ."""
    if expected != found:
        raise StoryFault(f"{what} should be {expected!r} but is {found!r}")


def wait(what: str, look: Callable[[], T | None], seconds: float = 60.0, every: float = 0.15) -> T:
    """The first thing seen that is not empty; stops the story where nothing is seen in time."""
    until = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > until:
            raise StoryFault(f"waited {seconds:.0f} seconds in vain for: {what}")
        time.sleep(every)
