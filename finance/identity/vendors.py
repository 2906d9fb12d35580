"""Which vendors of two systems are one and the same, and why.

Pure and in linear time: only vendors that meet under a key are compared. A name alone is never enough to be certain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from rapidfuzz import fuzz

from finance.identity.keys import VendorProfile
from finance.identity.proposals import Judgement, Proposal, Verdict, settle
from finance.records import Vendor

_CROWD = 200  # a weak key shared by more vendors than this tells nothing


def compare_vendors(left: VendorProfile, right: VendorProfile) -> Judgement:
    """Judges one pair by its own evidence."""
    alike = name_likeness(left, right)
    agree = list(_evidence(left, right))
    against = list(_doubts(left, right))
    kinds = {kind for kind, _ in agree}
    verdict = _verdict(alike, kinds, {kind for kind, _ in against})
    reasons = [*(words for _, words in agree), _name_words(left, right, alike), *(words for _, words in against)]
    score = round(alike * 0.5 + 30 * bool(kinds & {"tax", "bank"}) + 20 * bool(kinds & {"postcode"}))
    return Judgement(verdict, min(score, 100), tuple(filter(None, reasons)))


def match_vendors(left: Mapping[str, Vendor], right: Mapping[str, Vendor]) -> list[Proposal]:
    """Proposals for every vendor of the left, best first; one with `right` None where nothing comes near.

    A certain pair is the only certain one of both its vendors; where there are several, a person decides.
    """
    ours = {key: VendorProfile.of(vendor) for key, vendor in left.items()}
    theirs = {key: VendorProfile.of(vendor) for key, vendor in right.items()}
    index = _index(theirs)
    return settle({key: _candidates(profile, theirs, index) for key, profile in ours.items()})


def name_likeness(left: VendorProfile, right: VendorProfile) -> float:
    """0 to 100, over legal and trading names, whatever the order of the words; a name within the other counts 90."""
    pairs = [(a, b) for a in left.names for b in right.names]
    return max((max(fuzz.token_sort_ratio(a, b), 0.9 * fuzz.token_set_ratio(a, b)) for a, b in pairs), default=0.0)


# ------------------------------------------------------------------------------------------------------ one pair
def _verdict(alike: float, agree: set[str], against: set[str]) -> Verdict:
    if not against and (
        ("sound tax" in agree and alike >= 70)
        or ("bank" in agree and alike >= 90)
        or ("postcode" in agree and alike == 100)
    ):
        return "certain"
    if agree & {"tax", "bank"}:
        return "likely"
    if "tax" in against:
        return "likely" if alike >= 95 and "postcode" in agree else "none"
    if alike >= 93 or (alike >= 85 and agree) or (alike >= 75 and "number" in agree):
        return "likely"
    return "none"


def _evidence(left: VendorProfile, right: VendorProfile) -> Iterator[tuple[str, str]]:
    """(kind, sentence) for what the two have in common."""
    for tax in sorted(left.tax_ids & right.tax_ids):
        yield "tax", f"Both have the tax number ending in {tax[-4:]}."
        if tax in left.sound_tax_ids:
            yield "sound tax", ""
    if left.banks & right.banks:
        yield "bank", "Both are paid to the same bank account."
    if shared := left.postcodes & right.postcodes:
        yield "postcode", f"Both have the postcode {min(shared)}."
    if left.number and left.number == right.number:
        yield "number", f"Both have the vendor number {left.number}."
    if left.mail_domain and left.mail_domain == right.mail_domain:
        yield "mail", f"Both write from {left.mail_domain}."
    if len(left.phone) >= 7 and left.phone == right.phone:
        yield "phone", "Both have the same telephone number."


def _doubts(left: VendorProfile, right: VendorProfile) -> Iterator[tuple[str, str]]:
    """(kind, sentence) for what speaks against it."""
    if _differing_taxes(left.sound_tax_ids, right.sound_tax_ids):
        yield "tax", "Their tax numbers differ."
    if left.banks and right.banks and not left.banks & right.banks:
        yield "bank", "They are paid to different bank accounts."


def _differing_taxes(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether both have a number of one country and none in common; numbers of two countries may belong to one."""
    return bool({tax[:2] for tax in left} & {tax[:2] for tax in right}) and not left & right


def _name_words(left: VendorProfile, right: VendorProfile, alike: float) -> str:
    if alike == 100:
        return (
            f"The names agree: {right.name}."
            if left.name == right.name
            else f"Only the spelling differs: {right.name}."
        )
    return f"The names are {alike:.0f} % alike: {right.name}."


# -------------------------------------------------------------------------------------------------- many with many
def _index(profiles: Mapping[str, VendorProfile]) -> dict[str, list[str]]:
    """Keys to those who have them; weak keys that a crowd shares are left out."""
    index: defaultdict[str, list[str]] = defaultdict(list)
    for key, profile in profiles.items():
        for block in profile.strong_keys() | profile.weak_keys():
            index[block].append(key)
    return {block: keys for block, keys in index.items() if len(keys) <= _CROWD or block[0] in "tb"}


def _candidates(
    profile: VendorProfile, theirs: Mapping[str, VendorProfile], index: Mapping[str, list[str]]
) -> list[tuple[str, Judgement]]:
    met = {key for block in profile.strong_keys() | profile.weak_keys() for key in index.get(block, ())}
    return [(key, compare_vendors(profile, theirs[key])) for key in met]
