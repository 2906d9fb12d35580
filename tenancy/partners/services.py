"""Opening, suspending and resuming partners: the operator's verbs."""

from __future__ import annotations

import re

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from tenancy.accounts import services as accounts
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.accounts.roles import Role
from tenancy.brand.services import set_brand
from tenancy.context import PUBLIC, public_context, tenant_context
from tenancy.partners import schemas
from tenancy.partners.models import Domain, Partner, PartnerStatus
from tenancy.partners.ownership import as_owner

SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
RESERVED = frozenset({"public", "prepared", "www", "api", "admin", "static", "status"})


def open_partner(
    *,
    actor: Actor,
    slug: str,
    name: str,
    domain: str,
    owner_email: str,
    owner_name: str = "",
    owner_password: str | None = None,
    colour: str = "#1f5fbf",
) -> Partner:
    """A partner with its schema, its host, its brand and its first owner: all of it or nothing, in about a second."""
    _operators_only(actor)
    _check_names(slug, domain)
    with public_context(), as_owner(), schemas.one_at_a_time():
        _check_prepared()
        with transaction.atomic():
            partner = _add_rows(slug, name, domain)
            schemas.clone(partner.schema_name)
            with tenant_context(partner.schema_name):
                owner = accounts.create_user(actor=SYSTEM, email=owner_email, name=owner_name, password=owner_password)
                accounts.grant(actor=SYSTEM, user=owner, role=Role.OWNER)
                set_brand(actor=SYSTEM, name=name, colour=colour)
    return partner


def suspend_partner(*, actor: Actor, partner: Partner) -> None:
    """Nobody signs in and nothing runs until it is resumed; no data is touched."""
    _put_status(actor, partner, PartnerStatus.SUSPENDED)


def resume_partner(*, actor: Actor, partner: Partner) -> None:
    """Undoes `suspend_partner`."""
    _put_status(actor, partner, PartnerStatus.ACTIVE)


def _put_status(actor: Actor, partner: Partner, status: PartnerStatus) -> None:
    _operators_only(actor)
    with public_context():
        partner.status = status
        partner.save(update_fields=["status"])


def _operators_only(actor: Actor) -> None:
    if actor.kind not in ("operator", "system"):
        raise PermissionDenied("Only an operator can open, suspend or resume a partner.")


def _check_names(slug: str, domain: str) -> None:
    if not SLUG.fullmatch(slug) or slug in RESERVED:
        raise ValidationError(
            {"slug": f"{slug!r} cannot be used: 3 to 40 small letters, digits and hyphens, beginning with a letter."}
        )
    if not HOST.fullmatch(domain):
        raise ValidationError({"domain": f"{domain!r} is not a host name; write it without https:// and port."})
    with public_context():
        if Partner.objects.filter(slug=slug).exists():
            raise ValidationError({"slug": f"There is a partner {slug!r} already."})
        if Domain.objects.filter(domain=domain).exists():
            raise ValidationError({"domain": f"{domain} shows another portal already."})


def _check_prepared() -> None:
    if schemas.stale_schemas([schemas.PREPARED]):
        raise ValidationError("The database is not up to date; run: manage.py upgrade")


def _add_rows(slug: str, name: str, domain: str) -> Partner:
    partner = Partner(schema_name=f"t_{slug.replace('-', '_')}", slug=slug, name=name.strip())
    partner.full_clean()
    partner.save()
    Domain.objects.create(tenant=partner, domain=domain, is_primary=True)
    return partner


def ensure_operator_host(host: str) -> None:
    """The operator's own pages, shown from the public schema on one host."""
    with public_context():
        public, _ = Partner.objects.get_or_create(
            schema_name=PUBLIC, defaults={"slug": PUBLIC, "name": "Operator", "status": PartnerStatus.ACTIVE}
        )
        Domain.objects.get_or_create(domain=host, defaults={"tenant": public, "is_primary": True})
