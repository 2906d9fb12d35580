"""The switches of the service, changed by the control plane."""

from __future__ import annotations

from sandbox.shapes.scalars import Part


class Settings(Part, kw_only=True):
    """Delays in milliseconds, lifetimes in seconds; a rate limit of 0 means none."""

    delay_ms: float = 0.0
    static_token: str = "stand-in-token"  # noqa: S105 - guards nothing, and is printed on the first page
    client_id: str = "stand-in-client"
    client_secret: str = "stand-in-secret"  # noqa: S105
    token_lifetime_seconds: float = 3600.0
    idempotency_keys: bool = False
    rate_limit_per_second: float = 0.0
    rate_limit_burst: int = 10
    webhook_retry_seconds: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 15.0)
    webhook_timeout_seconds: float = 5.0
