"""What can go wrong with a mapping, each in a sentence that a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class Refused(ValueError):
    """A transform cannot work with the value it was given; the message is a sentence without the field's name."""


class TooMuch(Exception):
    """A record makes the mapping produce more than `limits` allow."""


class MappingFault(Exception):
    """One record could not be mapped. `target` and `source` are paths, `value` is what the source held there."""

    def __init__(self, *, target: str, source: str, value: Any, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.target = target
        self.source = source
        self.value = value
        self.rule = rule
        self.sentence = sentence


@dataclass(frozen=True)
class Problem:
    """Something wrong with a mapping itself. `field` is the target field, or the place in the mapping's JSON."""

    field: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.field}: {self.sentence}."


class MappingInvalid(ValueError):
    """A mapping that cannot be compiled; carries every problem found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = tuple(problems)
