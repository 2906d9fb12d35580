"""Document numbers, bank accounts and tax numbers as they can be compared."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

import stdnum
from rapidfuzz.distance import Levenshtein
from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError

_RUNS = re.compile(r"[0-9]+|[^\W\d_]+")
_TAX_SUFFIX = re.compile(r"(MWST|TVA|IVA|TPV|MVA)$")
_NOT_ALNUM = re.compile(r"[\W_]+")


# ------------------------------------------------------------------------------------------------ document numbers
def normalise_invoice_number(number: str) -> str:
    """`inv 0012/2026` → `INV12-2026`: case, punctuation, width and leading zeros gone; O and 0 stay two letters.

    Only a break between two runs of digits is kept: 1/12 and 11/2 are not the same number.
    """
    built = ""
    for run in _runs(number):
        run = run.lstrip("0") or "0" if run.isdigit() else run
        built += "-" + run if built[-1:].isdigit() and run.isdigit() else run
    return built or unicodedata.normalize("NFKC", number).strip()


def squeeze(number: str) -> str:
    """All letters and digits in a row, zeros and all: what is left when a reader loses the punctuation."""
    return "".join(_runs(number))


def number_keys(number: str) -> frozenset[str]:
    """What two numbers that `same_invoice_number` calls the same have at least one of in common; none for no number."""
    keys = {f"n:{normalise_invoice_number(number).replace('-', '')}", f"q:{squeeze(number)}"}
    return frozenset(keys - {"n:", "q:"})


def same_invoice_number(a: str, b: str) -> bool:
    """Equal once normalised, or equal but for breaks that one of the two does not show at all."""
    left, right = normalise_invoice_number(a), normalise_invoice_number(b)
    if left == right:
        return True
    return squeeze(a) == squeeze(b) and ("-" not in left or "-" not in right)


def similar_invoice_number(a: str, b: str) -> bool:
    """At most two letters apart; one in short numbers, none in numbers so short that all look alike."""
    left, right = normalise_invoice_number(a), normalise_invoice_number(b)
    length = min(len(left), len(right))
    allowed = 2 if length >= 5 else 1 if length >= 3 else 0
    return Levenshtein.distance(left, right, score_cutoff=allowed) <= allowed


def series_gap(a: str, b: str) -> int | None:
    """How far apart two numbers of one series are (INV-1001, INV-1004: 3), None where they are of no one series."""
    left, right = _runs(a), _runs(b)
    differing = [(x, y) for x, y in zip(left, right, strict=False) if x != y]
    if len(left) != len(right) or len(differing) != 1:
        return None
    x, y = differing[0]
    return abs(int(x) - int(y)) if x.isdigit() and y.isdigit() else None


def numbers_between(a: str, b: str, most: int = 20) -> list[str]:
    """The numbers of a series between two of its own (INV-1001, INV-1004: 1002, 1003), where they are near enough."""
    if not 1 < (series_gap(a, b) or 0) <= most:
        return []
    left, right = _runs(a), _runs(b)
    place = next(n for n, (x, y) in enumerate(zip(left, right, strict=True)) if x != y)
    first, last = sorted((int(left[place]), int(right[place])))
    width = min(len(left[place]), len(right[place]))
    return ["-".join((*left[:place], f"{n:0{width}}", *left[place + 1 :])) for n in range(first + 1, last)]


@lru_cache(maxsize=200_000)
def _runs(number: str) -> tuple[str, ...]:
    """Runs of digits and runs of letters, upper case, digits of any script as 0-9."""
    text = unicodedata.normalize("NFKC", number).upper()
    plain = "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in text
        if unicodedata.category(char) != "Cf"
    )
    return tuple(_RUNS.findall(plain))


# --------------------------------------------------------------------------------------------------- bank accounts
def normalise_iban(iban: str) -> str:
    """Upper case without blanks; says nothing about whether it is valid."""
    return _bare(stdnum_iban.compact(iban))


def is_valid_iban(iban: str) -> bool:
    """Whether the country is known and the check digits fit."""
    return bool(stdnum_iban.is_valid(normalise_iban(iban)))


def bank_key(*, iban: str = "", account_number: str = "", branch_code: str = "") -> str:
    """A digest by which accounts are compared without being shown; "" where there is no account."""
    account = normalise_iban(iban) if iban else f"{_bare(branch_code)}/{_bare(account_number)}"
    if not account.strip("/"):
        return ""
    return hashlib.sha256(account.encode()).hexdigest()[:24]


# ----------------------------------------------------------------------------------------------------- tax numbers
@lru_cache(maxsize=200_000)
def normalise_tax_id(number: str, country: str = "") -> str:
    """`136 695 976` of DE → `DE136695976`; without a known country the bare letters and digits."""
    bare = _TAX_SUFFIX.sub("", _bare(number))
    country = "GR" if country.upper() == "EL" else country.upper()
    prefix = "GR" if bare[:2] == "EL" else bare[:2]
    if prefix.isalpha() and len(prefix) == 2 and country in ("", prefix) and bare[2:3].isalnum():
        return prefix + bare[2:]
    return country + bare


def is_valid_tax_id(number: str, country: str = "") -> bool:
    """Whether it is no placeholder and, where its country's rule is known, keeps that rule."""
    full = normalise_tax_id(number, country)
    digits = re.sub(r"\D", "", full)
    if len(digits) < 5 or len(set(digits)) == 1:
        return False
    if full[:2] == "US" or not full[:2].isalpha():
        return True
    try:
        rule = stdnum.get_cc_module(full[:2].lower(), "vat")
        forms = (full[2:], full, f"{full}MWST", f"{full[2:]}MVA")
        return rule is None or any(rule.is_valid(form) for form in forms)
    except (ValidationError, ImportError):
        return False


def _bare(text: str) -> str:
    return _NOT_ALNUM.sub("", unicodedata.normalize("NFKC", text)).upper()
