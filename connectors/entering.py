"""What a person types when making a connection, checked against what the connector declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django.core.exceptions import ValidationError

from connectors.base import Connector, Setting
from connectors.errors import Fatal
from connectors.guard import checked_base_url
from connectors.selectors import outbound_guard

LONGEST = 4000


def checked_settings(cls: type[Connector], given: Mapping[str, str]) -> dict[str, str]:
    """The settings that are not secret, complete and trimmed; raises ValidationError naming each wrong one."""
    declared = [setting for setting in cls.settings if setting.kind != "secret"]
    entered = {s.name: str(given.get(s.name, s.default)).strip() for s in declared}
    _raise([*_unknown(given, declared), *_faults(declared, entered)])
    return entered


def checked_credentials(cls: type[Connector], given: Mapping[str, str], *, complete: bool) -> dict[str, str]:
    """The secrets that were entered; empty ones count as not entered. `complete`: required ones must be there."""
    declared = [setting for setting in cls.settings if setting.kind == "secret"]
    entered = {name: str(text).strip() for name, text in given.items() if str(text).strip()}
    missing = _faults(declared, {**{s.name: s.default for s in declared}, **entered}) if complete else ()
    _raise([*_unknown(given, declared), *missing])
    return entered


def _faults(declared: Iterable[Setting], entered: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for setting in declared:
        if sentence := _fault(setting, entered[setting.name]):
            yield setting.name, sentence


def _fault(setting: Setting, text: str) -> str:
    if not text:
        return f"Enter the {setting.label}." if setting.required else ""
    if len(text) > LONGEST:
        return f"The {setting.label} is longer than {LONGEST} characters."
    if setting.kind == "choice" and text not in setting.choices:
        return f"Choose one of {', '.join(setting.choices)}."
    if setting.kind == "url":
        try:
            checked_base_url(text, insecure=outbound_guard().allow_loopback)
        except Fatal as error:
            return error.sentence
    return ""


def _unknown(given: Mapping[str, str], declared: Iterable[Setting]) -> Iterator[tuple[str, str]]:
    for name in given.keys() - {setting.name for setting in declared}:
        yield name, f"This system has no setting called {name} here."


def _raise(faults: list[tuple[str, str]]) -> None:
    if faults:
        raise ValidationError(dict(faults))
