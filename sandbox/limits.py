"""A real rate limit, for proving that callers keep one: a token bucket."""

from __future__ import annotations

import threading
import time

from sandbox.settings import Settings


class Bucket:
    """Refills at the rate of the settings; a rate of 0 lets everything pass."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._level: float | None = None
        self._at = 0.0

    def wait(self, settings: Settings) -> float:
        """0 where the call may pass, else the seconds until the next one may."""
        rate, burst = settings.rate_limit_per_second, settings.rate_limit_burst
        if rate <= 0:
            return 0.0
        with self._lock:
            moment = time.monotonic()
            level = burst if self._level is None else min(burst, self._level + (moment - self._at) * rate)
            passes = level >= 1
            self._level, self._at = level - passes, moment
            return 0.0 if passes else (1 - level) / rate
