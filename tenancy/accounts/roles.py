"""Who may do what, as data. A page, an API route or a verb names a capability; nobody asks for a role by name."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models


class Role(models.TextChoices):
    """What a grant makes of a person within its scope."""

    OWNER = "owner", "Owner"
    PARTNER_ADMIN = "partner_admin", "Partner admin"
    ENGINEER = "engineer", "Integration engineer"
    APPROVER = "approver", "Approver"
    CLERK = "clerk", "Finance clerk"
    CUSTOMER_CONTROLLER = "customer_controller", "Customer controller"
    CUSTOMER_VIEWER = "customer_viewer", "Customer viewer"
    AUDITOR = "auditor", "Auditor"
    OPERATOR = "operator", "Platform operator"


class Scope(models.TextChoices):
    """How far a grant reaches."""

    TENANT = "tenant", "Everything"
    CUSTOMER = "customer", "One customer"
    ENTITY = "entity", "One legal entity"


_ADMINS = frozenset({Role.OWNER, Role.PARTNER_ADMIN})
_BUILDERS = _ADMINS | {Role.ENGINEER}
_DECIDERS = frozenset({Role.OWNER, Role.APPROVER, Role.CUSTOMER_CONTROLLER})
_WORKERS = _BUILDERS | {Role.CLERK, Role.APPROVER}
_STAFF = _WORKERS | {Role.AUDITOR}
_EVERYBODY = _STAFF | {Role.CUSTOMER_CONTROLLER, Role.CUSTOMER_VIEWER}

CAPABILITIES: Mapping[str, frozenset[str]] = {
    "status.view": _EVERYBODY,
    "customers.view": _EVERYBODY,
    "customers.manage": _ADMINS,
    "brand.manage": _ADMINS,
    "users.view": _ADMINS | {Role.AUDITOR},
    "users.manage": _ADMINS,
    "connections.view": _STAFF,
    "connections.manage": _BUILDERS,
    "mappings.view": _STAFF | {Role.CUSTOMER_CONTROLLER},
    "mappings.edit": _BUILDERS,
    "pipelines.view": _EVERYBODY,
    "pipelines.manage": _BUILDERS,
    "runs.view": _EVERYBODY,
    "runs.start": _BUILDERS | {Role.CLERK},
    "records.view": _STAFF | {Role.CUSTOMER_CONTROLLER},
    "links.manage": _WORKERS,
    "items.view": _STAFF | {Role.CUSTOMER_CONTROLLER},
    "items.work": _WORKERS,
    "items.release": _DECIDERS | {Role.CLERK},
    "changes.view": _STAFF | {Role.CUSTOMER_CONTROLLER},
    "changes.request": _WORKERS | {Role.CUSTOMER_CONTROLLER},
    "changes.decide": _DECIDERS | {Role.PARTNER_ADMIN},
    "audit.view": frozenset({Role.OWNER, Role.PARTNER_ADMIN, Role.AUDITOR, Role.CUSTOMER_CONTROLLER}),
    "agreement.view": _EVERYBODY,
    "agreement.take": _BUILDERS | {Role.APPROVER, Role.CUSTOMER_CONTROLLER},
    "fleet.view": frozenset({Role.OPERATOR}),
    "fleet.manage": frozenset({Role.OPERATOR}),
}


def roles_with(capability: str) -> frozenset[str]:
    """The roles that carry a capability; a misspelt capability is an error, not a refusal."""
    try:
        return CAPABILITIES[capability]
    except KeyError:
        raise ValueError(f"There is no capability called {capability!r}.") from None
