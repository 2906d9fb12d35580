"""The Inter typeface as small web fonts, cut once from the installed package and kept under `var/`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import fontpkg_inter
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

SOURCE = fontpkg_inter.ROOT / "files" / "Inter[opsz,wght].ttf"
SETTINGS = "1"  # raise when what is cut below changes
FEATURES = ("kern", "liga", "calt", "tnum", "zero", "case", "cv11", "ss03", "ccmp", "locl", "mark", "mkmk")
# name → the characters in it, as CSS writes them; a browser fetches the second only for names that need it
SUBSETS = {
    "inter-latin.woff2": (
        "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,"
        "U+20AC,U+2122,U+2190-2193,U+2212,U+2215,U+FEFF,U+FFFD"
    ),
    "inter-latin-ext.woff2": "U+0100-0130,U+0132-0151,U+0154-02BA,U+1E00-1EFF,U+20A0-20AB,U+20AD-20C0",
}
PREFIX = "portal/fonts/"


@cache
def font_storage() -> FileSystemStorage:
    """The folder with the cut fonts; makes it the first time (about three seconds)."""
    folder = Path(settings.VAR_DIR) / "fonts" / f"inter-{version('fontpkg-inter')}-{SETTINGS}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, characters in SUBSETS.items():
        if not (folder / name).exists():
            _cut(characters, folder / name)
    return FileSystemStorage(location=folder)


def _cut(characters: str, target: Path) -> None:
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    options = subset.Options(flavor="woff2", layout_features=list(FEATURES))
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(characters))
    font = TTFont(SOURCE)
    cutter.subset(font)
    font = instancer.instantiateVariableFont(font, {"opsz": 14, "wght": (400, 400, 700)})
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    subset.save_font(font, str(draft), options)
    draft.rename(target)  # two processes may cut at once; either result is whole


class FontFinder(BaseFinder):
    """Lets `static` and whitenoise find the cut fonts."""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        name = path.removeprefix(PREFIX)
        if not path.startswith(PREFIX) or name not in SUBSETS:
            return []
        found = font_storage().path(name)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        storage = font_storage()
        storage.prefix = PREFIX.rstrip("/")  # type: ignore[attr-defined]  # where the static files app expects it
        for name in SUBSETS:
            yield name, storage
