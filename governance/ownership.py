"""Which side is the source of truth for which fields: sensible from an entity's settings, and where rules differ.

A vendor's bank details may be owned by one side and its name by the other, so an object's fields form groups.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from finance.catalogue import catalogue
from governance.models import OwnershipRule
from tenancy.customers.models import Entity, Side

REST = "rest"  # every field of an object that no other group names

# object → group → the fields it names by their first path segment
GROUPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "vendor": {"bank": ("financial_accounts",), REST: ()},
    "account": {REST: ()},
    "dimension": {REST: ()},
    "tax_code": {REST: ()},
    "payment_term": {REST: ()},
    "purchase_order": {REST: ()},
    "receipt": {REST: ()},
    "invoice": {"posting": ("erp_document_number", "posting_date", "reverses", "reversed_by"), REST: ()},
    "approval": {REST: ()},
    "payment": {REST: ()},
    "document": {REST: ()},
}

# (object, group) → a side, or the entity's setting that says it; whatever is not here is the ERP's
_DEFAULTS: Mapping[tuple[str, str], Side | str] = {
    ("vendor", "bank"): "bank_owner",
    ("purchase_order", REST): "po_owner",
    ("receipt", REST): "receipt_owner",
    ("invoice", "posting"): "post_at",
    ("invoice", REST): Side.AP,
    ("approval", REST): Side.AP,
    ("payment", REST): "paying_system",
    ("document", REST): Side.AP,
}

Register = Mapping[tuple[str, str], str]


def group_of(obj: str, path: str) -> str:
    """The group a field belongs to, by its dotted path."""
    first = path.partition(".")[0].partition("[")[0]
    return next((group for group, fields in GROUPS[obj].items() if first in fields), REST)


def default_owner(entity: Entity, obj: str, group: str) -> str:
    """Who owns a group where no rule says otherwise."""
    default = _DEFAULTS.get((obj, group), Side.ERP)
    return str(default if isinstance(default, Side) else getattr(entity, default))


def register_of(entity: Entity) -> Register:
    """The owner of every (object, group) of an entity, in one query."""
    register = {(obj, group): default_owner(entity, obj, group) for obj in GROUPS for group in GROUPS[obj]}
    rules = OwnershipRule.objects.filter(entity_id=entity.pk).values_list("object", "group", "owner")
    return register | {(obj, group): owner for obj, group, owner in rules}


def owner_of(register: Register, obj: str, path: str) -> str:
    """“erp” or “ap”: whose value of this field is the truth."""
    return register[obj, group_of(obj, path)]


def field_owners(register: Register, obj: str) -> dict[str, str]:
    """Top-level field → “erp” or “ap”, for every field of an object."""
    return {field.name: owner_of(register, obj, field.name) for field in catalogue(obj).tree}


def revision(register: Register) -> str:
    """Changes whenever an owner does; records decided under another revision are looked at again."""
    lines = "\n".join(f"{obj}.{group}={owner}" for (obj, group), owner in sorted(register.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]
