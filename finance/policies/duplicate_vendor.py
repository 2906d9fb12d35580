"""One vendor, one entry."""

from __future__ import annotations

from collections.abc import Iterator

from finance.identity import VendorProfile, compare_vendors
from finance.policies.base import Example, Finding, policy
from finance.policies.facts import PolicyFacts, VendorCandidate
from finance.policies.pairs import pair_key, vendor_face
from finance.policies.samples import sample_vendor
from finance.records import Ref, Vendor, decode_as

_NAMESAKE = {"tax_registrations": None, "financial_accounts": None, "addresses": None}


def _known(**changes: object) -> list[VendorCandidate]:
    return [VendorCandidate("ERP", "7", decode_as(Vendor, sample_vendor(vendor_number="V-7", **changes)))]


_RELEASED = pair_key(
    vendor_face(VendorProfile.of(decode_as(Vendor, sample_vendor()))),
    vendor_face(VendorProfile.of(_known()[0].vendor)),
)


@policy(
    code="duplicate_vendor",
    objects=("vendor",),
    needs=("vendor_candidates", "released_pairs"),
    label="The vendor exists already",
    examples=[
        Example(
            "same tax number and name",
            sample_vendor(),
            {"vendor_candidates": _known(), "released_pairs": frozenset()},
            ("block",),
        ),
        Example(
            "same name, nothing else to go by",
            sample_vendor(**_NAMESAKE),
            {"vendor_candidates": _known(**_NAMESAKE), "released_pairs": frozenset()},
            ("hold",),
        ),
        Example(
            "same tax number, released before",
            sample_vendor(),
            {"vendor_candidates": _known(), "released_pairs": frozenset({_RELEASED})},
        ),
        Example(
            "merged into the other one",
            sample_vendor(replaced_by={"object": "vendor", "natural_key": "V-7"}),
            {"vendor_candidates": _known(), "released_pairs": frozenset()},
        ),
        Example(
            "another vendor altogether",
            sample_vendor(),
            {
                "vendor_candidates": _known(legal_name="Quadriga Papier AG", **_NAMESAKE),
                "released_pairs": frozenset(),
            },
        ),
    ],
)
def duplicate_vendor(vendor: Vendor, facts: PolicyFacts) -> Iterator[Finding]:
    """Stops a vendor that is certainly there already, holds one that may be; never stops on a name alone."""
    if vendor.one_time:
        return
    ours = VendorProfile.of(vendor)
    for candidate in facts["vendor_candidates"]:
        theirs = VendorProfile.of(candidate.vendor)
        judgement = compare_vendors(ours, theirs)
        pair = pair_key(vendor_face(ours), vendor_face(theirs))
        if judgement.verdict == "none" or pair in facts["released_pairs"] or _merged(vendor, candidate):
            continue
        name = f"{theirs.name} ({candidate.vendor.vendor_number or candidate.external_id})"
        certain = judgement.verdict == "certain"
        yield Finding(
            severity="block" if certain else "hold",
            fields=(),
            message=(
                f"{ours.name} {'is' if certain else 'may be'} {name}, which {candidate.system} already has. "
                f"{' '.join(judgement.reasons)} A vendor entered twice can be paid twice. "
                "Link the two if they are one; release the pair if they are not."
            ),
            cause_key=f"duplicate_vendor:{candidate.system}:{candidate.external_id}",
            detail={
                "pair": pair,
                "system": candidate.system,
                "external_id": candidate.external_id,
                "name": theirs.name,
                "verdict": judgement.verdict,
                "score": judgement.score,
                "reasons": list(judgement.reasons),
            },
        )


def _merged(vendor: Vendor, candidate: VendorCandidate) -> bool:
    """Whether one was replaced by the other on purpose."""
    replaced = vendor.replaced_by
    return isinstance(replaced, Ref) and (
        replaced.natural_key == (candidate.vendor.vendor_number or "-") or replaced.external_id == candidate.external_id
    )
