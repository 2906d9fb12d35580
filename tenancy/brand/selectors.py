"""The brand as pages and mails read it."""

from __future__ import annotations

from tenancy.brand.models import Brand


def current_brand() -> Brand:
    """This tenant's brand; a nameless default where none was set yet (never saved by reading)."""
    return Brand.objects.first() or Brand(name="Finance sync")
