"""How long one doorbell's worker stays with one tenant."""

from __future__ import annotations

import time

from tenancy.jobs import beat, bell
from tenancy.jobs.limits import limits

LOOK_EVERY = 0.5  # seconds between two looks at who waits


class Turn:
    """Begins when made. Without anybody waiting it lasts a slice; with somebody waiting it ends early."""

    def __init__(self) -> None:
        self._began = self._looked = time.monotonic()
        self._waited_for = False

    def over(self, soonest: float) -> bool:
        """True once a slice has passed, the workers are stopping, or `soonest` seconds have and somebody waits."""
        held = time.monotonic() - self._began
        return held >= limits().slice or beat.stopping() or (held >= soonest and self._somebody_waits())

    def _somebody_waits(self) -> bool:
        now = time.monotonic()
        if not self._waited_for and now - self._looked >= LOOK_EVERY:
            self._looked, self._waited_for = now, bell.is_waiting()
        return self._waited_for
