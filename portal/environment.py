"""What the surroundings decide: the database addresses, the keys and where files live. Read once by the settings."""

from __future__ import annotations

import base64
import os
import secrets
from contextlib import suppress
from pathlib import Path

import dj_database_url

from portal.localpg import APP, OWNER, LocalPostgres

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("PORTAL_VAR", ROOT / "var")).absolute()
PRODUCTION = os.environ.get("PORTAL_PRODUCTION", "") == "1"


def uses_local_database() -> bool:
    """True where nobody named a server: the one under `var/` is meant."""
    return not os.environ.get("DATABASE_URL")


def database_urls() -> tuple[str, str]:
    """(application role, owner role). The owner migrates and provisions; the application owns nothing."""
    if uses_local_database():
        server = LocalPostgres.under(VAR)
        return server.url(APP), server.url(OWNER)
    given = os.environ["DATABASE_URL"]
    return given, os.environ.get("DATABASE_OWNER_URL") or given


def database(url: str) -> dict[str, object]:
    """Django's settings for one address."""
    return dict(dj_database_url.parse(url, engine="django_tenants.postgresql_backend"))


def _kept_secret(name: str) -> str:
    """A secret in a file under `var/keys` that is made once. For one machine only; production gives its own."""
    path = VAR / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        draft = path.with_name(f"{name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        draft.chmod(0o600)
        with suppress(FileExistsError):  # the first process wins; the others read what it wrote
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def signing_key() -> str:
    """PORTAL_SECRET_KEY; empty in production when not given, which Django refuses to use and `doctor` explains."""
    return os.environ.get("PORTAL_SECRET_KEY") or ("" if PRODUCTION else _kept_secret("signing"))


def master_keys() -> dict[str, bytes]:
    """Key id → 32 bytes, the active one first, from PORTAL_MASTER_KEYS="2026=<base64>,2025=<base64>"."""
    given = os.environ.get("PORTAL_MASTER_KEYS", "")
    if not given:
        return {} if PRODUCTION else {"local": base64.b64decode(_kept_secret("master"))}
    pairs = (item.strip().partition("=") for item in given.split(",") if item.strip())
    return {name: base64.b64decode(value) for name, _, value in pairs}
