"""One file per system. `load` imports them all, which registers them."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Makes every connector of the catalogue known to `connectors.base.registered`."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
