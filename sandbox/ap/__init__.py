"""The work of an AP department: taking in, coding, matching, approving, settling."""

from __future__ import annotations
