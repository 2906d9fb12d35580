"""Starting and forgetting the demo: what stands in the way is one sentence, and nothing that is not ours is touched."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from demo import record, reset
from demo.processes import Processes, StageFault
from demo.stage import Ports, Stage, copy_name
from portal.localpg import LocalPostgres


def a_stage(var: Path) -> Stage:
    return Stage(var, Ports.free(), say=lambda text: None)


def test_a_taken_port_is_one_sentence_that_names_another(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StageFault, match=f"Port {port} for the AP service is taken.*make demo WEB=8001"):
            Stage(tmp_path, Ports(web=Ports.free().web, ap=port, erp=Ports.free().erp)).check_ports()


def test_a_demo_that_runs_is_not_started_twice(tmp_path: Path) -> None:
    with _process("demo") as other:
        try:
            record.Record(other.pid, 8000, 8010, 8020, "").write(tmp_path)
            with pytest.raises(StageFault, match="runs already"):
                a_stage(tmp_path).__enter__()
        finally:
            other.kill()


def test_what_a_killed_start_left_running_is_stopped(tmp_path: Path) -> None:
    with _process("manage.py") as left:
        record.Record(_dead(), 8000, 8010, 8020, "", processes={"work": left.pid}).write(tmp_path)
        said: list[str] = []
        with Stage(tmp_path, Ports.free(), say=said.append):
            assert left.wait(5) != 0
    assert "work" in said[0]
    assert record.read(tmp_path) is None


def test_a_process_that_was_given_the_number_of_ours_is_left_alone(tmp_path: Path) -> None:
    with _process("stranger") as stranger:
        record.Record(_dead(), 8000, 8010, 8020, "", processes={"work": stranger.pid}).write(tmp_path)
        try:
            with a_stage(tmp_path):
                assert stranger.poll() is None
        finally:
            stranger.kill()


def test_all_that_a_process_started_ends_with_it(tmp_path: Path) -> None:
    processes = Processes(tmp_path / "logs", lambda: None)
    child = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    processes.start("parent", [sys.executable, "-c", f"{child} print('up', flush=True); time.sleep(60)"], os.environ)
    pid = processes.running["parent"].pid
    while "up" not in processes.log("parent").read_text():
        pass
    processes.stop_all()
    assert not _living(pid)


def test_forgetting_leaves_downloads_and_the_built_erp(tmp_path: Path) -> None:
    for kept in ("fonts/a.ttf", "erp/venv/bin/python", "erp/pristine/erp.sqlite", "install.log"):
        (tmp_path / kept).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / kept).touch()
    for made in ("ap.sqlite", "logs/web.log", "keys/master", "erp/live/erp.sqlite", record.NAME):
        (tmp_path / made).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / made).touch()
    LocalPostgres.under(tmp_path).data.mkdir(parents=True)
    reset.forget(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"fonts/a.ttf", "erp/venv/bin/python", "erp/pristine/erp.sqlite", "install.log"}
    assert not LocalPostgres.under(tmp_path).data.exists()


def test_an_installation_has_its_own_copy_of_an_erp_that_was_built_for_another() -> None:
    assert copy_name(Path("/a/var"), None) == copy_name(Path("/a/var"), Path("/a/var")) == "live"
    assert copy_name(Path("/a/var/story"), Path("/a/var")) == "for-story"


def _process(word: str) -> subprocess.Popen[str]:
    """One that runs for a minute under a command with this word, in a group of its own."""
    command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)", word]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    return process


def _living(group: int) -> list[int]:
    """Processes of a group that still run; one that only waits to be buried does not."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended just now
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if its_group == str(group) and state != "Z":
                found.append(int(stat.parent.name))
    return found


def _dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid
