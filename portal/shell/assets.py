"""Static files under addresses that change with their content, without a build step, and the import map over them."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.templatetags.static import static

MODULES = "portal/js"


class VersionedStorage(StaticFilesStorage):
    """Adds a digest of the file to its address, so that browsers may keep it for ever."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        version = _version(name) if name else ""
        return f"{address}?v={version}" if version else address


@cache
def _version(name: str) -> str:
    path = finders.find(name)
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12] if isinstance(path, str) else ""


@cache
def import_map() -> str:
    """Maps each module's plain address to its versioned one, so that modules import each other by relative path."""
    names = sorted(name for finder in finders.get_finders() for name, _ in finder.list([]) if _is_module(name))
    return json.dumps({"imports": {static(name).partition("?")[0]: static(name) for name in names}})


def _is_module(name: str) -> bool:
    return name.startswith(f"{MODULES}/") and name.endswith(".js")


@cache
def import_map_hash() -> str:
    """What the content security policy must name for the inline import map."""
    return "sha256-" + base64.b64encode(hashlib.sha256(import_map().encode()).digest()).decode()
