"""Tryton ERP over REST."""

from __future__ import annotations

from connectors.catalog.tryton.connector import Tryton

__all__ = ["Tryton"]
