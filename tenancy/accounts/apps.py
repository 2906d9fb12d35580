from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and what they may do."""

    name = "tenancy.accounts"
    label = "accounts"
