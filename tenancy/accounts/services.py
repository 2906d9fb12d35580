"""Verbs on people and grants: the bare mutation with its permission check and history.

Granting and revoking in a running tenant are sensitive: the pages reach them through a change request, whose decision
calls these verbs and writes the audit trail.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction

from tenancy.accounts.actors import Actor
from tenancy.accounts.models import Grant, User
from tenancy.accounts.roles import Role, Scope
from tenancy.accounts.selectors import require, roles_of
from tenancy.clock import db_now
from tenancy.context import PUBLIC, current_schema
from tenancy.history import signed

TENANT_WIDE = frozenset({Role.OWNER, Role.PARTNER_ADMIN, Role.OPERATOR})
OF_A_CUSTOMER = frozenset({Role.CUSTOMER_CONTROLLER, Role.CUSTOMER_VIEWER})


def create_user(*, actor: Actor, email: str, name: str = "", password: str | None = None) -> User:
    """A person who can sign in once granted a role. Without a password nobody can sign in as them yet."""
    require(actor, "users.manage")
    email = email.strip().lower()
    validate_email(email)
    if User.objects.filter(email=email).exists():
        raise ValidationError(f"{email} is already a user here; change that user instead.")
    user = User(email=email, name=name.strip())
    _put_password(user, password)
    user.save()
    return user


def set_password(*, actor: Actor, user: User, password: str) -> None:
    """One's own, or anybody's with `users.manage`. Signs the person out everywhere."""
    if actor.id != user.pk:
        require(actor, "users.manage")
    _put_password(user, password)
    user.save(update_fields=["password"])


@transaction.atomic
def set_active(*, actor: Actor, user: User, active: bool) -> None:
    """Locks a person out, or lets them in again; their history stays."""
    require(actor, "users.manage")
    if not active and _is_owner(user):
        _keep_an_owner(besides=user)
    user.is_active = active
    user.save(update_fields=["is_active"])


@transaction.atomic
def grant(
    *,
    actor: Actor,
    user: User,
    role: str,
    customer_id: UUID | None = None,
    entity_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> Grant:
    """Gives a person a role within a scope; granting the same again only moves the expiry."""
    require(actor, "users.manage")
    _check_rank(actor, role)
    _check_scope(role, customer_id, entity_id)
    _check_expiry(role, expires_at)
    scope = Scope.ENTITY if entity_id else Scope.CUSTOMER if customer_id else Scope.TENANT
    key = {"user": user, "role": role, "customer_id": customer_id, "entity_id": entity_id}
    given = Grant.objects.filter(**key).first() or Grant(**key, scope=scope)
    given.expires_at = expires_at
    signed(given, actor_id=actor.id, reason=f"granted by {actor.label}").save()
    return given


@transaction.atomic
def revoke(*, actor: Actor, grant_id: UUID) -> None:
    """Takes a grant away. The last owner stays."""
    require(actor, "users.manage")
    taken = Grant.objects.select_related("user").get(pk=grant_id)
    _check_rank(actor, taken.role)
    if taken.role == Role.OWNER:
        _keep_an_owner(besides=taken.user)
    signed(taken, actor_id=actor.id, reason=f"revoked by {actor.label}").delete()


def _put_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    validate_password(password, user)
    user.set_password(password)


def _check_rank(actor: Actor, role: str) -> None:
    if role == Role.OWNER and actor.kind == "user" and Role.OWNER not in roles_of(actor):
        raise PermissionDenied("Only an owner can make or unmake an owner.")


def _check_scope(role: str, customer_id: UUID | None, entity_id: UUID | None) -> None:
    label = Role(role).label
    if (role == Role.OPERATOR) != (current_schema() == PUBLIC):
        raise ValidationError(f"{label} cannot be granted here: operators live apart from partners.")
    if role in TENANT_WIDE and (customer_id or entity_id):
        raise ValidationError(f"{label} always covers everything; leave the customer empty.")
    if role in OF_A_CUSTOMER and not customer_id:
        raise ValidationError(f"{label} needs a customer; say which.")
    if entity_id and not customer_id:
        raise ValidationError("Name the customer that the legal entity belongs to.")


def _check_expiry(role: str, expires_at: datetime | None) -> None:
    if role == Role.AUDITOR and expires_at is None:
        raise ValidationError("An auditor's access must end; set an expiry.")
    if expires_at and expires_at <= db_now():
        raise ValidationError("The expiry has passed; set one in the future.")


def _is_owner(user: User) -> bool:
    return Grant.objects.filter(user=user, role=Role.OWNER).exists()


def _keep_an_owner(*, besides: User) -> None:
    """Locks the owners' grants, so that two people cannot remove each other at once."""
    owners = Grant.objects.select_for_update().filter(role=Role.OWNER, user__is_active=True)
    if not [one for one in owners if one.user_id != besides.pk]:
        raise ValidationError("There must be an owner; make another person owner first.")
