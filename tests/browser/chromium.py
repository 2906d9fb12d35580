"""A Chromium for tests: the system's, or the one inside the npm package, unpacked once under `var/`."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import brotli
import pytest
from django.conf import settings

PACKED = Path(settings.BASE_DIR) / "node_modules" / "@sparticuz" / "chromium" / "bin"
SYSTEM = ("chromium", "chromium-browser", "google-chrome")


def executable() -> tuple[str, dict[str, str]]:
    """Its path and the environment it needs; skips the test where there is none."""
    if given := os.environ.get("CHROMIUM"):
        return given, {}
    if PACKED.exists():
        folder = Path(settings.VAR_DIR) / "chromium"
        return str(_unpacked(folder)), _libraries(folder)
    for name in SYSTEM:
        if found := shutil.which(name):
            return found, {}
    pytest.skip("There is no Chromium: run `make test-tools`, or install chromium.")


def _unpacked(folder: Path) -> Path:
    program = folder / "chromium"
    if program.exists():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("al2023.tar.br", "fonts.tar.br"):
        with tarfile.open(fileobj=io.BytesIO(_decompressed(name))) as archive:
            archive.extractall(folder, filter="data")
    draft = folder / f"chromium.{os.getpid()}"
    draft.write_bytes(_decompressed("chromium.br"))
    draft.chmod(0o755)
    draft.rename(program)
    return program


def _decompressed(name: str) -> bytes:
    return brotli.decompress((PACKED / name).read_bytes())


def _libraries(folder: Path) -> dict[str, str]:
    """Machines without a desktop lack the network security libraries; the package brings them."""
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    return {} if "libnss3" in known else {"LD_LIBRARY_PATH": str(folder / "lib")}
