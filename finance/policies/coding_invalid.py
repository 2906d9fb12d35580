"""Only accounts, dimensions and combinations the ERP will take, on the day it takes them, for the entity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from finance.policies.base import Example, Finding, policy
from finance.policies.coding import SAMPLE_ACCOUNTS, SAMPLE_DIMENSIONS, Cause, Share, gather, posting_day, shares
from finance.policies.facts import Combination, PolicyFacts
from finance.policies.samples import sample_coded
from finance.records import Account, Dimension, DimensionValue, Invoice, Ref
from finance.sameness import same_ref

_SALES, _ADMIN = ("DEPARTMENT", "SALES"), ("DEPARTMENT", "ADMIN")


def _facts(*combinations: Combination) -> PolicyFacts:
    return {"accounts": SAMPLE_ACCOUNTS, "dimensions": SAMPLE_DIMENSIONS, "combinations": combinations}


@policy(
    code="coding_invalid",
    objects=("invoice",),
    needs=("accounts", "dimensions", "combinations"),
    label="The coding is not allowed",
    examples=[
        Example("known and allowed", sample_coded("4000", _SALES), _facts()),
        Example("unknown account", sample_coded("9999"), _facts(), ("hold",)),
        Example("inactive account", sample_coded("4900"), _facts(), ("hold",)),
        Example("account closed before the posting date", sample_coded("4950"), _facts(), ("hold",)),
        Example("a heading", sample_coded("40"), _facts(), ("hold",)),
        Example("a control account", sample_coded("1600"), _facts(), ("hold",)),
        Example("account of another legal entity", sample_coded("4200"), _facts(), ("hold",)),
        Example("unknown dimension", sample_coded("4100", ("COLOUR", "RED")), _facts(), ("hold",)),
        Example("unknown value", sample_coded("4100", ("DEPARTMENT", "MARS")), _facts(), ("hold",)),
        Example("inactive value", sample_coded("4100", ("DEPARTMENT", "OLD")), _facts(), ("hold",)),
        Example("a value its account does not take", sample_coded("4300", _ADMIN), _facts(), ("hold",)),
        Example("a value its account takes", sample_coded("4300", _SALES), _facts()),
        Example(
            "a combination that is ruled out",
            sample_coded("4100", _ADMIN),
            _facts(Combination("41*", *_ADMIN, allowed=False)),
            ("hold",),
        ),
        Example(
            "not among the allowed combinations",
            sample_coded("4100", _ADMIN),
            _facts(Combination("41*", *_SALES)),
            ("hold",),
        ),
        Example("among the allowed combinations", sample_coded("4100", _SALES), _facts(Combination("41*", *_SALES))),
    ],
)
def coding_invalid(invoice: Invoice, facts: PolicyFacts) -> Iterator[Finding]:
    """Holds an invoice coded to an account, value or combination that is unknown, closed, not postable or ruled out."""
    yield from gather(_wrong(invoice, facts), invoice, "split")


def _wrong(invoice: Invoice, facts: PolicyFacts) -> Iterator[tuple[Cause, str, Decimal]]:
    day, entity = posting_day(invoice), invoice.entity if isinstance(invoice.entity, Ref) else None
    for share in shares(invoice):
        account = facts["accounts"].get(share.account)
        if share.account and (why := _account_fault(account, day, entity)):
            cause = _cause(f"account:{share.account}", f"Account {share.account} {why}", "account")
            yield cause, f"{share.path}.account_code", share.amount
        for code, value in share.values.items():
            why = _value_fault(facts["dimensions"].get(code), value, day, entity) or _combination_fault(
                share, account, code, value, facts["combinations"]
            )
            if why:
                place = f"{share.path}.dimensions[dimension_code={code}]"
                yield _cause(f"{code}:{value}:{why}", f"{code} {value} {why}", "value"), place, share.amount


def _cause(key: str, what: str, noun: str) -> Cause:
    remedy = f"Choose another {noun}, or have it opened in the ERP and retry."
    return Cause(f"coding_invalid:{key}", what, remedy)


# --------------------------------------------------------------------------------------------------- what is wrong
def _account_fault(account: Account | None, day: date | None, entity: Ref | None) -> str:
    if account is None:
        return "is not known in the ERP"
    if account.postable is False:
        return "is a heading that takes no postings"
    if account.control:
        return "is a control account, which only the subledger posts to"
    return _closed(account, day, entity)


def _value_fault(dimension: Dimension | None, code: str, day: date | None, entity: Ref | None) -> str:
    if dimension is None:
        return "belongs to a dimension the ERP does not know"
    value = next((known for known in dimension.values or () if known.code == code), None)
    if value is None:
        return "is not known in the ERP"
    if value.postable is False:
        return "is a heading that takes no postings"
    return _closed(dimension, day, entity) or _closed(value, day, entity)


def _closed(part: Account | Dimension | DimensionValue, day: date | None, entity: Ref | None) -> str:
    if part.active is False:
        return "is closed"
    if not isinstance(part, Dimension) and day:
        if part.valid_from and day < part.valid_from:
            return f"opens only on {part.valid_from}"
        if part.valid_to and day > part.valid_to:
            return f"was closed on {part.valid_to}"
    if entity and part.entities and not any(_same(entity, allowed) for allowed in part.entities):
        return f"is not open to {entity.natural_key or entity.external_id}"
    return ""


def _same(one: Ref, other: Ref) -> bool:
    return same_ref(msgspec.structs.asdict(one), msgspec.structs.asdict(other))


def _combination_fault(
    share: Share, account: Account | None, code: str, value: str, rules: Sequence[Combination]
) -> str:
    """Why account and value do not go together, "" where they do."""
    why = f"does not go with account {share.account}"
    for allowed in (account.allowed_values or ()) if account else ():
        if allowed.dimension_code == code and value not in allowed.value_codes:
            return why
    about = [rule for rule in rules if rule.dimension_code == code and _covers(rule.account, share.account)]
    if any(not rule.allowed and rule.value_code == value for rule in about):
        return why
    listed = [rule.value_code for rule in about if rule.allowed]
    return why if listed and value not in listed else ""


def _covers(pattern: str, account: str) -> bool:
    return account.startswith(pattern[:-1]) if pattern.endswith("*") else account == pattern
