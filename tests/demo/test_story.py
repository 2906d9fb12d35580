"""The demo as a newcomer meets it, with a real ERP: it starts, the day is played against it, Ctrl-C ends all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from demo import erp, record, reset
from demo.erp.ports import free_port, is_free
from demo.story.ap import Ap

ROOT = Path(__file__).parent.parent.parent
CHAPTERS = "1-7,11"  # without what only repeats the way of an invoice, and the kill, which takes a lease to heal
pytestmark = pytest.mark.slow


class Demo:
    """`python -m demo` in a directory of its own, on free ports, with the ERP that was built under var."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.ports = [free_port() for _ in range(3)]
        places = ["--var", str(var), "--erp-var", str(ROOT / "var")]
        named = [f"--{name}={port}" for name, port in zip(("web", "ap", "erp"), self.ports, strict=True)]
        self.command = [sys.executable, "-m", "demo", *places, *named]
        self.environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "PORTAL_VAR")}
        self.process: subprocess.Popen[str] | None = None
        self.said = ""

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Ready after"):
                return
        pytest.fail(f"the demo did not start:\n{self.said}")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal sends it to all in the foreground; returns the exit status."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        self.said += self.process.communicate(timeout=60)[0]
        return self.process.returncode

    def processes(self) -> list[str]:
        """Commands of all that still runs for this installation."""
        mark, found = f"PORTAL_VAR={self.var}".encode(), []
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it ended just now
                if mark in (place / "environ").read_bytes().split(b"\0"):
                    found.append((place / "cmdline").read_bytes().decode().replace("\0", " "))
        return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    try:
        erp.ensure(ROOT / "var")
    except erp.ErpUnavailable as fault:
        pytest.skip(f"the ERP cannot be built here: {fault}")
    found = Demo(tmp_path_factory.mktemp("demo"))
    found.start()
    yield found
    if found.process is not None and found.process.poll() is None:
        found.interrupt()
    reset.forget(found.var, ROOT / "var")


def test_the_demo_sets_itself_up_line_by_line(demo: Demo) -> None:
    for words in ("opened at northgate.localhost", "Vendor master: matched", "a second person's yes", "0 unexplained"):
        assert words in demo.said
    assert "INFO" not in demo.said
    assert f"http://northgate.localhost:{demo.ports[0]}/" in demo.said


def test_what_a_newcomer_is_given_to_hand_in_is_recognised(demo: Demo) -> None:
    ap = Ap(f"http://127.0.0.1:{demo.ports[1]}", "stand-in-token")
    files = sorted((demo.var / "try").glob("*.xml"))
    bills = [ap.hand_in(path.name, path.read_bytes()) for path in files]
    assert len(bills) == 2
    assert all(line["match"] for bill in bills for line in bill["lines"])
    assert not [flag for bill in bills for flag in bill["flags"]]


def test_the_day_is_played_and_both_systems_agree(demo: Demo) -> None:
    began = time.monotonic()
    played = demo.run("demo.story", "--var", str(demo.var), "--chapters", CHAPTERS)
    assert played.returncode == 0, played.stdout + played.stderr
    assert "Plays against the running demo" in played.stdout
    assert "posted as USD" in played.stdout and "it stays a draft" in played.stdout
    assert "0 differences unexplained" in played.stdout
    assert time.monotonic() - began < 150


def test_a_second_start_says_that_it_runs_already(demo: Demo) -> None:
    again = demo.run(*demo.command[2:])
    assert (again.returncode, again.stdout) == (1, "")
    assert "runs already" in again.stderr and again.stderr.count("\n") == 1


def test_ctrl_c_leaves_nothing_running_and_the_next_start_goes_on(demo: Demo) -> None:
    assert demo.interrupt() == 0
    assert "Stopped." in demo.said and "Traceback" not in demo.said
    assert demo.processes() == []
    assert all(map(is_free, demo.ports))
    assert record.read(demo.var) is None
    demo.start()
    assert "opened at" not in demo.said and "0 unexplained" in demo.said
