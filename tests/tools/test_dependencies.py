"""What we depend on is pinned, explained, and named without addresses."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
EXPLAINED = (ROOT / "docs" / "dependencies.md").read_text().lower().replace("_", "-")


def pins(name: str) -> tuple[list[str], list[str]]:
    """(asked for, brought along)."""
    asked, _, along = (ROOT / name).read_text().partition("# brought along")
    return _lines(asked), _lines(along)


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line and not line.startswith(("#", "-r"))]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"])
def test_every_package_is_pinned_once(name):
    every = [line for part in pins(name) for line in part]
    assert every
    assert [line for line in every if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []
    names = [line.partition("==")[0].lower().replace("_", "-") for line in every]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"])
def test_every_package_we_ask_for_has_its_reason(name):
    asked = {line.partition("==")[0].lower().replace("_", "-") for line in pins(name)[0]}
    stems = {package: package.removesuffix("-binary").removesuffix("-pool") for package in asked}
    assert [package for package, stem in stems.items() if stem not in EXPLAINED] == []


def test_the_lock_file_names_versions_and_checksums_but_no_addresses():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    outside = {name: entry for name, entry in packages.items() if name}
    assert all(entry["version"] and entry["integrity"] for entry in outside.values())
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
    assert "://" not in "".join((ROOT / name).read_text() for name in ("requirements.txt", "requirements-dev.txt"))


HOUSE = ("portal", "sync", "mappings", "connectors", "governance", "tenancy", "finance", "sandbox")


def imported() -> set[str]:
    """The top-level modules that the product imports or names in its settings."""
    files = [file for package in HOUSE for file in (ROOT / package).rglob("*.py") if "testing" not in file.parts]
    statements = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    names = {alias.name for node in statements if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in statements if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in names | set(settings.INSTALLED_APPS) | set(settings.MIDDLEWARE)}


def test_whatever_the_product_imports_is_pinned_for_it():
    pinned = {line.partition("==")[0].lower().replace("_", "-") for part in pins("requirements.txt") for line in part}
    owners = importlib.metadata.packages_distributions()
    missing = {
        module
        for module in imported() - set(sys.stdlib_module_names) - set(HOUSE)
        if not {owner.lower().replace("_", "-") for owner in owners.get(module, [])} & pinned
    }
    assert missing == set()
