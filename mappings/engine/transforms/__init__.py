"""The transforms. Importing this package registers them; to add one, see any module here."""

from __future__ import annotations

from mappings.engine.transforms import choices, days, lists, numbers, operators, references, text

__all__ = ["choices", "days", "lists", "numbers", "operators", "references", "text"]
