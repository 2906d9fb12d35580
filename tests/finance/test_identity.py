"""When two numbers, names or vendors are one and the same."""

from __future__ import annotations

from typing import Any

import pytest
from finance_samples import invoice, ref, vendor
from hypothesis import given
from hypothesis import strategies as st

from finance.identity import (
    bank_key,
    invoice_keys,
    is_valid_iban,
    is_valid_tax_id,
    match_invoices,
    match_orders,
    match_vendors,
    normalise_invoice_number,
    normalise_name,
    normalise_tax_id,
    payee_keys,
    same_invoice_number,
    series_gap,
    series_keys,
    similar_invoice_number,
    vendor_keys,
)
from finance.identity.numbers import number_keys, numbers_between
from finance.records import Invoice, PurchaseOrder, Vendor, decode_as


def a_vendor(**changes: Any) -> Vendor:
    return decode_as(Vendor, vendor(**changes))


def an_invoice(**changes: Any) -> Invoice:
    return decode_as(Invoice, invoice(**changes))


def proposals(left: Vendor, *right: Vendor) -> list[tuple[str | None, str]]:
    found = match_vendors({"l": left}, {f"r{n}": other for n, other in enumerate(right)})
    return [(proposal.right, proposal.verdict) for proposal in found]


# ---------------------------------------------------------------------------------------------------------- numbers
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("INV-1001", "inv 1001"),
        ("INV-1001", "INV1001"),
        ("INV-0012", "INV-12"),
        ("ＩＮＶ－１００１", "INV-1001"),
        ("INV-١٠٠١", "INV-1001"),
        ("2026/001", "2026-1"),
        ("2026/001", "2026001"),
        ("\u200fINV-1001\u200e", "INV-1001"),
        ("Straße 7", "STRASSE-7"),
    ],
)
def test_one_number_written_in_two_ways_is_one_number(a: str, b: str) -> None:
    assert same_invoice_number(a, b)
    assert number_keys(a) & number_keys(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("INV-1001", "INV-1002"),
        ("INV-O1", "INV-01"),
        ("INV-l1", "INV-11"),
        ("1/12", "11/2"),
        ("RE-8", "RE-B"),
        ("100", "1000"),
    ],
)
def test_numbers_that_only_look_alike_stay_two(a: str, b: str) -> None:
    assert not same_invoice_number(a, b)


@given(st.text(min_size=1, max_size=20))
def test_normalising_a_number_twice_changes_nothing(number: str) -> None:
    once = normalise_invoice_number(number)
    assert normalise_invoice_number(once) == once


@given(st.lists(st.from_regex(r"\A[A-Z]{1,3}\Z|\A[1-9][0-9]{0,4}\Z"), min_size=1, max_size=4), st.data())
def test_case_breaks_and_leading_zeros_never_matter(runs: list[str], data: st.DataObject) -> None:
    written = [
        "".join(
            data.draw(st.sampled_from(["-", "/", " ", ". "]))
            + (data.draw(st.sampled_from(["", "0", "000"])) if run.isdigit() else "")
            + data.draw(st.sampled_from([run, run.lower()]))
            for run in runs
        )
        for _ in range(2)
    ]
    assert normalise_invoice_number(written[0]) == normalise_invoice_number(written[1])


def test_similar_is_two_letters_apart_and_less_for_short_numbers() -> None:
    assert similar_invoice_number("INV-1001", "INV-1O01")
    assert similar_invoice_number("INV-1012", "INV-1021")
    assert not similar_invoice_number("INV-1001", "INV-2112")
    assert similar_invoice_number("A17", "A11")
    assert not similar_invoice_number("7", "9")


@pytest.mark.parametrize(
    ("a", "b", "gap"),
    [
        ("INV-1001", "INV-1002", 1),
        ("INV-0999", "INV-1000", 1),
        ("2026-03/17", "2026-04/17", 1),
        ("INV-1001", "INV-1008", 7),
        ("INV-1001", "RE-1002", None),
        ("2025-12", "2026-01", None),
        ("A", "B", None),
    ],
)
def test_the_gap_in_a_series(a: str, b: str, gap: int | None) -> None:
    assert series_gap(a, b) == gap


@pytest.mark.parametrize(
    ("a", "b", "between"),
    [
        ("INV-1004", "inv 1001", ["INV-1002", "INV-1003"]),
        ("R/0098/2026", "R/0101/2026", ["R-0099-2026", "R-0100-2026"]),
        ("INV-1001", "INV-1002", []),
        ("INV-1001", "INV-9001", []),  # a misread digit, not a series
        ("A-1", "B-3", []),
    ],
)
def test_the_numbers_between_two_of_a_series_are_known(a: str, b: str, between: list[str]) -> None:
    assert numbers_between(a, b) == between


def test_an_invoice_meets_those_that_lie_between_it_and_its_twin() -> None:
    vendor = {"object": "vendor", "system": "erp", "external_id": "5"}
    first, middle, last = (
        decode_as(Invoice, {"invoice_number": f"INV-100{n}", "vendor": vendor, "tax_inclusive_amount": amount})
        for n, amount in ((1, "576.00"), (2, "12.00"), (3, "576.00"))
    )
    assert not invoice_keys(middle) & (invoice_keys(first) | invoice_keys(last))
    assert invoice_keys(middle) & series_keys(last, [str(first.invoice_number)])


# ------------------------------------------------------------------------------------------------------------ names
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Müller & Söhne GmbH & Co. KG", "MULLER UND SOHNE"),
        ("Novo Nordisk A/S", "Novo Nordisk"),
        ("J.P. Morgan Chase & Co.", "JP Morgan Chase"),
        ("Łódź Sp. z o.o.", "Lodz"),
        ("S.A.R.L. Dupont", "Dupont"),
        ("PT Maju Jaya Tbk", "Maju Jaya"),
        ("ООО «Ромашка»", "Ромашка"),
        ("株式会社トヨタ", "トヨタ㈱"),
        ("חברת החשמל בע״מ", "החשמל"),
        ("\u202bחברת החשמל בע״מ\u202c", "החשמל"),
        ("شركة النور ش.م.م", "النور"),
        ("Café de Paris", "CAFE DE PARIS SAS"),
    ],
)
def test_one_name_in_two_spellings(a: str, b: str) -> None:
    assert normalise_name(a) == normalise_name(b)


def test_marks_that_carry_meaning_are_kept() -> None:
    assert normalise_name("が") != normalise_name("か")
    assert normalise_name("हिन्दी") != normalise_name("हनदी")


def test_a_name_is_never_stripped_to_nothing() -> None:
    for name in ("AG", "The Company Ltd", "GmbH & Co. KG", "!!!", "Co"):
        assert normalise_name(name)


@given(st.text(min_size=1, max_size=30))
def test_normalising_a_name_twice_changes_nothing(name: str) -> None:
    once = normalise_name(name)
    assert normalise_name(once) == once


# ------------------------------------------------------------------------------------------------- banks and taxes
def test_bank_accounts_are_compared_without_being_shown() -> None:
    key = bank_key(iban="DE89 3704 0044 0532 0130 00")
    assert key == bank_key(iban="de89370400440532013000")
    assert "532013" not in key
    assert key != bank_key(account_number="532013000", branch_code="37040044")
    assert bank_key() == ""
    assert is_valid_iban("DE89 3704 0044 0532 0130 00")
    assert not is_valid_iban("DE88370400440532013000")


@pytest.mark.parametrize(
    ("number", "country", "normal", "valid"),
    [
        ("DE 136 695 976", "", "DE136695976", True),
        ("136695976", "DE", "DE136695976", True),
        ("EL094259216", "GR", "GR094259216", True),
        ("CHE-107.787.577 IVA", "CH", "CHE107787577", True),
        ("NO 995 525 828 MVA", "NO", "NO995525828", True),
        ("12-3456789", "US", "US123456789", True),
        ("000000000", "DE", "DE000000000", False),
        ("DE136695977", "DE", "DE136695977", False),
        ("n/a", "", "NA", False),
    ],
)
def test_tax_numbers(number: str, country: str, normal: str, valid: bool) -> None:
    assert normalise_tax_id(number, country) == normal
    assert is_valid_tax_id(number, country) is valid


# ---------------------------------------------------------------------------------------------------------- vendors
def test_a_sound_tax_number_and_a_like_name_are_certain() -> None:
    assert proposals(a_vendor(), a_vendor(legal_name="Mueller Waelzlager", vendor_number="99")) == [("r0", "certain")]


def test_a_name_alone_is_never_certain() -> None:
    bare = {"tax_registrations": None, "financial_accounts": None, "addresses": None}
    assert proposals(a_vendor(**bare), a_vendor(**bare)) == [("r0", "likely")]


def test_name_and_postcode_are_certain_unless_something_speaks_against_it() -> None:
    known = {"tax_registrations": None, "financial_accounts": None}
    assert proposals(a_vendor(**known), a_vendor(**known, legal_name="Muller Walzlager AG")) == [("r0", "certain")]
    other_tax = [{"scheme": "vat", "number": "DE811569869", "country_code": "DE"}]
    assert proposals(a_vendor(), a_vendor(tax_registrations=other_tax)) == [("r0", "likely")]
    other_bank = [{"id": "1", "iban": "DE02120300000000202051"}]
    left = a_vendor(tax_registrations=None)
    assert proposals(left, a_vendor(tax_registrations=None, financial_accounts=other_bank)) == [("r0", "likely")]


def test_a_shared_tax_number_under_another_name_is_for_a_person() -> None:
    assert proposals(a_vendor(), a_vendor(legal_name="Nordstern Immobilien AG")) == [("r0", "likely")]


def test_a_placeholder_tax_number_proves_nothing() -> None:
    zeros = [{"scheme": "vat", "number": "000000000", "country_code": "DE"}]
    both = {"tax_registrations": zeros, "financial_accounts": None, "addresses": None}
    assert proposals(a_vendor(**both), a_vendor(**both)) == [("r0", "likely")]


def test_two_that_fit_equally_well_are_left_to_a_person_with_the_reason() -> None:
    found = match_vendors({"l": a_vendor()}, {"r0": a_vendor(), "r1": a_vendor(vendor_number="V-101")})
    assert [(p.right, p.verdict) for p in found] == [("r0", "likely"), ("r1", "likely")]
    assert "2 records fit equally well" in found[0].reasons[-1]
    backwards = match_vendors({"a": a_vendor(), "b": a_vendor()}, {"r": a_vendor()})
    assert {p.verdict for p in backwards} == {"likely"}


def test_a_stranger_gets_a_proposal_of_nothing() -> None:
    stranger = a_vendor(
        vendor_number="Z",
        legal_name="Quadriga Papier AG",
        tax_registrations=None,
        financial_accounts=None,
        addresses=None,
    )
    assert proposals(stranger, a_vendor()) == [(None, "none")]


def test_reasons_are_sentences_without_account_numbers() -> None:
    (proposal,) = match_vendors({"l": a_vendor()}, {"r": a_vendor()})
    assert proposal.reasons[:3] == (
        "Both have the tax number ending in 5976.",
        "Both are paid to the same bank account.",
        "Both have the postcode 20457.",
    )
    assert "DE89" not in " ".join(proposal.reasons)


def test_spelling_slips_still_meet_under_a_key() -> None:
    bare = {"vendor_number": None, "tax_registrations": None, "financial_accounts": None}
    for slip in ("Muler Wälzlager GmbH", "Wälzlager Mueller", "Müller Wälzlagr", "Müller Wälzlager International"):
        assert vendor_keys(a_vendor(**bare)) & vendor_keys(a_vendor(**bare, legal_name=slip)), slip


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "legal_name": st.sampled_from(["Acme Ltd", "Acme Logistics", "Akme", "Globex", None]),
                "tax_registrations": st.sampled_from(
                    [
                        None,
                        [{"scheme": "vat", "number": "DE136695976"}],
                        [{"scheme": "vat", "number": "DE811569869"}],
                    ]
                ),
                "addresses": st.sampled_from([None, [{"id": "1", "postal_zone": "20457"}]]),
            }
        ),
        max_size=6,
    )
)
def test_certain_pairs_are_one_to_one_and_never_rest_on_a_name(payloads: list[dict[str, Any]]) -> None:
    vendors = {str(n): decode_as(Vendor, payload) for n, payload in enumerate(payloads)}
    certain = [p for p in match_vendors(vendors, vendors) if p.verdict == "certain"]
    assert len({p.left for p in certain}) == len({p.right for p in certain}) == len(certain)
    for proposal in certain:
        assert any("tax number" in words or "postcode" in words for words in proposal.reasons)


# -------------------------------------------------------------------------------------------------------- documents
def test_an_invoice_is_certain_by_vendor_number_and_gross() -> None:
    (found,) = match_invoices({"l": an_invoice()}, {"r": an_invoice(invoice_number="inv 01001")})
    assert (found.right, found.verdict) == ("r", "certain")


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"tax_inclusive_amount": "120.00"}, "likely"),
        ({"vendor": ref("vendor", external_id="7")}, "likely"),
        ({"vendor": ref("vendor", "V-200")}, "none"),
        ({"invoice_number": "INV-1O01"}, "likely"),
        ({"invoice_number": "RE-77"}, "none"),
        ({"currency_code": "USD"}, "likely"),
    ],
)
def test_an_invoice_that_differs_in_one_of_them_is_not_certain(changes: dict[str, Any], verdict: str) -> None:
    (found,) = match_invoices({"l": an_invoice()}, {"r": an_invoice(**changes)})
    assert found.verdict == verdict


def test_linked_vendors_are_compared_by_the_link() -> None:
    links = {"7": "one", "V-100": "one"}
    theirs = an_invoice(vendor=ref("vendor", external_id="7", system="erp"))
    (found,) = match_invoices(
        {"l": an_invoice()},
        {"r": theirs},
        left_vendor=lambda r: links[r.natural_key],
        right_vendor=lambda r: links[r.external_id],
    )
    assert found.verdict == "certain"


def test_orders_match_by_number_and_vendor() -> None:
    def order(number: str, **changes: Any) -> PurchaseOrder:
        payload = {"order_number": number, "vendor": ref("vendor", "V-100"), "currency_code": "EUR", **changes}
        return decode_as(PurchaseOrder, payload)

    def verdict(theirs: PurchaseOrder) -> str:
        return match_orders({"l": order("PO-0042", tax_inclusive_amount="10")}, {"r": theirs})[0].verdict

    assert verdict(order("PO 42")) == "certain"
    assert verdict(order("PO 42", tax_inclusive_amount="11")) == "likely"
    assert verdict(order("PO 42", vendor=ref("vendor", "V-200"))) == "likely"
    assert verdict(order("PO 43")) == "none"


def test_invoices_meet_under_their_number_or_their_amount_within_a_payee() -> None:
    ours = an_invoice()
    assert invoice_keys(ours) & invoice_keys(an_invoice(invoice_number="X-9"))
    assert invoice_keys(ours) & invoice_keys(an_invoice(tax_inclusive_amount="1.00"))
    assert not invoice_keys(ours) & invoice_keys(an_invoice(invoice_number="X-9", tax_inclusive_amount="1.00"))
    assert not invoice_keys(ours) & invoice_keys(an_invoice(vendor=ref("vendor", "V-200")))


def test_a_payee_is_known_by_its_references_and_its_printed_tax_number() -> None:
    printed = an_invoice(vendor=ref("vendor", "V-1", "7", "erp"), seller={"tax_number": "DE136695976"})
    assert payee_keys(printed) == {"v:V-1", "x:erp:7", "t:DE136695976"}
    assert payee_keys(an_invoice(vendor=None, seller={"tax_number": "000"})) == frozenset()
