"""No money to a new account before a second person has confirmed it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from finance.catalogue import catalogue, mask
from finance.identity import account_key
from finance.policies.base import Example, Finding, policy
from finance.policies.facts import PolicyFacts, PolicyOptions
from finance.policies.samples import sample_vendor
from finance.records import UNSET, FinancialAccount, Payload, Vendor, decode_as

# What decides where money goes; who verified it and when is the outcome of the check, not a reason for one.
_DETAILS = (
    "account_holder",
    "bic",
    "branch_code",
    "country_code",
    "currency_code",
    "primary",
    "valid_from",
    "valid_to",
)
_IBAN = "DE89370400440532013000"


def _vendor(*accounts: Payload) -> Payload:
    return sample_vendor(financial_accounts=list(accounts))


def _was(*accounts: Payload, hold_first: bool = False) -> PolicyFacts:
    known = decode_as(Vendor, _vendor(*accounts)).financial_accounts
    return {
        "previous_bank_accounts": known if isinstance(known, tuple) else (),
        "options": PolicyOptions(hold_first_bank_account=hold_first),
    }


_OLD = {"id": "1", "iban": _IBAN}
_NEW = {"id": "1", "iban": "DE02120300000000202051"}
_FIRST_HELD: PolicyFacts = {
    "previous_bank_accounts": None,
    "options": PolicyOptions(hold_first_bank_account=True),
}


@policy(
    code="bank_change",
    objects=("vendor",),
    needs=("previous_bank_accounts",),
    label="Bank details changed",
    examples=[
        Example("the account was replaced", _vendor(_NEW), _was(_OLD), ("hold",)),
        Example("a second account was added", _vendor(_OLD, {**_NEW, "id": "2"}), _was(_OLD), ("hold",)),
        Example("the account was taken away", _vendor(), _was(_OLD), ("hold",)),
        Example("another holder", _vendor({**_OLD, "account_holder": "J. Doe"}), _was(_OLD), ("hold",)),
        Example("the same in another spelling", _vendor({"id": "9", "iban": f"{_IBAN[:4]} {_IBAN[4:]}"}), _was(_OLD)),
        Example("verified meanwhile", _vendor({**_OLD, "verification": "verified"}), _was(_OLD)),
        Example("the first account of a known vendor", _vendor(_OLD), _was(), ("hold",)),
        Example("the first account of a new vendor", _vendor(_OLD), {"previous_bank_accounts": None}),
        Example("the same, where first accounts are held", _vendor(_OLD), _FIRST_HELD, ("hold",)),
        Example("the source says nothing about accounts", {"legal_name": "Müller"}, _was(_OLD)),
    ],
)
def bank_change(vendor: Vendor, facts: PolicyFacts) -> Iterator[Finding]:
    """Holds changed bank fields, and only these, until a second person has confirmed them; the vendor itself goes on.

    A new vendor's first account is no change, unless first accounts are held too.
    """
    options = facts.get("options", PolicyOptions())
    previous = facts["previous_bank_accounts"]
    if vendor.financial_accounts is UNSET:
        return
    if previous is None and not options.hold_first_bank_account:
        return
    accounts = vendor.financial_accounts or ()
    changes = _changes(previous or (), accounts)
    if changes:
        yield Finding(
            severity="hold",
            fields=("financial_accounts",),
            message=_message(vendor, changes, first=not previous),
            cause_key=f"bank_change:{vendor.vendor_number or vendor.legal_name or ''}",
            detail={"changes": changes, "digest": accounts_digest(accounts)},
        )


def accounts_digest(accounts: Sequence[FinancialAccount]) -> str:
    """Names a set of accounts, so that a release counts for exactly what was shown."""
    body = msgspec.json.encode(sorted(msgspec.json.encode(account).decode() for account in accounts))
    return hashlib.sha256(body).hexdigest()


def _changes(old: Sequence[FinancialAccount], new: Sequence[FinancialAccount]) -> list[dict[str, str]]:
    """{field, label, before, after} per change, masked; accounts are told apart by where the money goes, not by id."""
    before = {account_key(account): account for account in old}
    after = {account_key(account): account for account in new}
    gone = [account for key, account in before.items() if key not in after]
    come = [account for key, account in after.items() if key not in before]
    changes = [
        _change("iban", _shown(gone[n]) if n < len(gone) else "", _shown(come[n]) if n < len(come) else "")
        for n in range(max(len(gone), len(come)))
    ]
    for key in before.keys() & after.keys():
        changes += _detail_changes(before[key], after[key])
    return changes


def _detail_changes(old: FinancialAccount, new: FinancialAccount) -> Iterator[dict[str, str]]:
    for name in _DETAILS:
        was, now = getattr(old, name), getattr(new, name)
        if now is not UNSET and (was or None) != (now or None):
            yield _change(name, _text(name, was), _text(name, now))


def _change(name: str, before: str, after: str) -> dict[str, str]:
    field = catalogue("vendor").field(f"financial_accounts[].{name}")
    return {"field": field.path, "label": field.label, "before": before, "after": after}


def _text(name: str, value: Any) -> str:
    return mask(value) if name in ("branch_code",) and value else str(value or "")


def _shown(account: FinancialAccount) -> str:
    return mask(account.iban or account.account_number or account.id)


def _message(vendor: Vendor, changes: Sequence[Mapping[str, str]], *, first: bool) -> str:
    words = "; ".join(_words(change) for change in changes)
    what = "They are" if first else "The new ones are"
    return (
        f"The bank details of {vendor.legal_name or vendor.vendor_number} changed: {words}. {what} kept back: money "
        "sent to a wrong account rarely comes back. Call the vendor on a number you had before, not on one from the "
        "message; then a second person releases or refuses the change."
    )


def _words(change: Mapping[str, str]) -> str:
    what = "account" if change["field"].endswith(".iban") else change["label"].lower()
    if change["before"] and change["after"]:
        return f"{what} {change['before']} became {change['after']}"
    return f"{what} {change['after']} is new" if change["after"] else f"{what} {change['before']} is gone"
