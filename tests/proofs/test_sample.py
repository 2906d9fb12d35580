"""A seeded, rotating sample of the crash proof: the whole of it is `make prove`."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_no_vendor_is_lost_or_doubled_where_a_worker_is_killed(tmp_path: Path) -> None:
    """Another seed each day. The same code without one of its guards is found out in the same way."""
    seed = str(datetime.now(UTC).toordinal())
    command = [sys.executable, "-m", "proofs", "crash", "--sample", "4", "--seed", seed]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    figures = json.loads((ROOT / "var" / "proofs" / "crash.json").read_text())["figures"]
    assert figures["weakened"]["caught"] == figures["weakened"]["of"] == 1
