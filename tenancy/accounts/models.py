"""People and what they were granted. The tables exist in every tenant and in public (for operators)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tenancy.accounts.roles import Role, Scope
from tenancy.base import TenantManager, TenantModel
from tenancy.history import history


class UserManager(BaseUserManager, TenantManager):
    """Finds people by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, TenantModel):
    """A person who signs in with an e-mail address. The same address in two tenants is two people."""

    also_public = True

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta(TenantModel.Meta):
        constraints = [models.CheckConstraint(name="accounts_user_email_is_lower", condition=Q(email=Lower("email")))]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)


class Grant(TenantModel):
    """user × role × scope. Customer and entity are plain ids: the table also lives where no customers are."""

    also_public = True

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=24, choices=Role)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.TENANT)
    customer_id = models.UUIDField(null=True, blank=True)
    entity_id = models.UUIDField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    history = history()

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                name="accounts_grant_scope_names_its_target",
                condition=(
                    Q(scope=Scope.TENANT, customer_id=None, entity_id=None)
                    | Q(scope=Scope.CUSTOMER, customer_id__isnull=False, entity_id=None)
                    | Q(scope=Scope.ENTITY, customer_id__isnull=False, entity_id__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="accounts_grant_auditors_expire",
                condition=~Q(role=Role.AUDITOR) | Q(expires_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["user", "role", "customer_id", "entity_id"],
                name="accounts_grant_once",
                nulls_distinct=False,
            ),
        ]
