"""Keys under which records that may be one and the same meet, so that nobody has to compare all with all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from finance.identity.numbers import bank_key, is_valid_tax_id, normalise_tax_id, number_keys, numbers_between
from finance.identity.text import comparable, normalise_name, skeleton
from finance.records import FinancialAccount, Invoice, Ref, Vendor

_SHARED_MAIL = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com aol.com gmx.de gmx.net web.de
    t-online.de orange.fr free.fr libero.it qq.com 163.com mail.ru yandex.ru proton.me protonmail.com
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True)
class VendorProfile:
    """What of a vendor is compared, normalised once."""

    name: str
    names: tuple[str, ...]  # comparable legal and trading names
    tax_ids: frozenset[str]
    sound_tax_ids: frozenset[str]  # those that are no placeholder and keep their country's rule
    banks: frozenset[str]
    postcodes: frozenset[str]
    streets: tuple[str, ...]
    mail_domain: str
    phone: str
    number: str

    @classmethod
    def of(cls, vendor: Vendor) -> VendorProfile:
        """Reads a vendor; absent and empty fields are alike here."""
        registrations = [(entry.number, entry.country_code or "") for entry in vendor.tax_registrations or ()]
        taxes = {normalise_tax_id(number, country): (number, country) for number, country in registrations}
        addresses = vendor.addresses or ()
        accounts = vendor.financial_accounts or ()
        names = [name for name in (vendor.legal_name, vendor.trading_name) if name]
        return cls(
            name=names[0] if names else "",
            names=tuple(dict.fromkeys(comparable(name) for name in names)),
            tax_ids=frozenset(taxes),
            sound_tax_ids=frozenset(key for key, raw in taxes.items() if is_valid_tax_id(*raw)),
            banks=frozenset(map(account_key, accounts)) - {""},
            postcodes=frozenset(_bare(entry.postal_zone) for entry in addresses if entry.postal_zone),
            streets=tuple(normalise_name(entry.street_name) for entry in addresses if entry.street_name),
            mail_domain=_mail_domain(vendor.email or vendor.remittance_email or ""),
            phone=re.sub(r"\D", "", vendor.telephone or "")[-8:],
            number=_bare(vendor.vendor_number or ""),
        )

    def strong_keys(self) -> frozenset[str]:
        """Keys of which one in common is evidence by itself."""
        return frozenset({f"t:{tax}" for tax in self.tax_ids} | {f"b:{bank}" for bank in self.banks})

    def weak_keys(self) -> frozenset[str]:
        """Keys that only bring candidates together."""
        keys = {f"v:{self.number}"} if self.number else set()
        keys |= {f"d:{self.mail_domain}"} if self.mail_domain else set()
        keys |= {f"p:{self.phone}"} if len(self.phone) >= 7 else set()
        for name in self.names:
            words = sorted({skeleton(word) for word in sorted(name.split(), key=len, reverse=True)[:4]})
            keys |= {f"n:{name[:6]}"} if len(words) == 1 else {f"n:{a}:{b}" for a, b in combinations(words, 2)}
            keys |= {f"z:{code}:{word}" for code in self.postcodes for word in words}
        return frozenset(keys)


def account_key(account: FinancialAccount) -> str:
    """The digest an account is compared by, "" where it names none."""
    return bank_key(
        iban=account.iban or "",
        account_number=account.account_number or "",
        branch_code=account.branch_code or "",
    )


def vendor_keys(vendor: Vendor) -> frozenset[str]:
    """Blocking keys of a vendor; two vendors that may be one share at least one."""
    profile = VendorProfile.of(vendor)
    return profile.strong_keys() | profile.weak_keys()


def payee_keys(invoice: Invoice) -> frozenset[str]:
    """Who gets the money, by every name the document gives: the vendor's references and the printed tax number."""
    keys = _ref_keys(invoice.vendor) if isinstance(invoice.vendor, Ref) else set()
    party = invoice.payee or invoice.seller
    if party and party.tax_number:
        country = (party.address.country_code if party.address else "") or ""
        if is_valid_tax_id(party.tax_number, country):
            keys.add(f"t:{normalise_tax_id(party.tax_number, country)}")
    return frozenset(keys)


def invoice_keys(invoice: Invoice, payees: Iterable[str] | None = None) -> frozenset[str]:
    """Blocking keys of an invoice: its number **or** its amount, within each payee (default: `payee_keys`)."""
    found = set(number_keys(invoice.invoice_number or ""))
    if total := gross(invoice):
        found.add(f"a:{invoice.currency_code or ''}:{total}")
    return frozenset(f"{payee}|{key}" for payee in (payee_keys(invoice) if payees is None else payees) for key in found)


def series_keys(invoice: Invoice, others: Iterable[str], payees: Iterable[str] | None = None) -> frozenset[str]:
    """Blocking keys of the numbers between an invoice's and others': whether these are there tells a series."""
    ours = invoice.invoice_number or ""
    between = {key for other in others for number in numbers_between(ours, other) for key in number_keys(number)}
    return frozenset(f"{payee}|{key}" for payee in payees or payee_keys(invoice) for key in between)


def gross(invoice: Invoice) -> str:
    """The total with tax as plain digits without trailing zeros, "" where there is none."""
    amount = invoice.tax_inclusive_amount or invoice.payable_amount
    return f"{amount.normalize():f}" if amount else ""


def _ref_keys(ref: Ref) -> set[str]:
    keys = {f"v:{ref.natural_key}"} if ref.natural_key else set()
    return keys | ({f"x:{ref.system}:{ref.external_id}"} if ref.external_id else set())


def _mail_domain(address: str) -> str:
    domain = address.rpartition("@")[2].strip().lower()
    return "" if domain in _SHARED_MAIL else domain


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).upper()
