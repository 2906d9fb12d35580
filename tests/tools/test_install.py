"""The bootstrapper: works once, says one clear sentence when it cannot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import install


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Path:
    """An empty clone that asks for nothing."""
    for name, value in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "PYTHON": tmp_path / ".venv" / "bin" / "python",
        "LOG": tmp_path / "var" / "install.log",
    }.items():
        monkeypatch.setattr(install, name, value)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    return tmp_path


def run(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["install.py", *arguments])
    return install.main()


def test_it_installs_once_and_again_only_when_the_pins_change(clone, monkeypatch, capsys):
    assert run(monkeypatch, "run") == 0
    assert "(once)" in capsys.readouterr().out
    assert run(monkeypatch, "run") == 0
    assert capsys.readouterr().out == ""
    (clone / "requirements.txt").write_text("# still nothing\n")
    assert run(monkeypatch, "run") == 0
    assert "(once)" in capsys.readouterr().out
    version = subprocess.run([clone / ".venv/bin/python", "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("Python 3.")


def test_an_old_python_alone_is_told_which_is_needed(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 8, 2, "final", 0))
    monkeypatch.setenv("PATH", "/nowhere")
    assert run(monkeypatch, "run") == 1
    assert "Python 3.8.2 is too old: version 3.11 or newer is needed" in capsys.readouterr().err


def test_an_old_python_hands_over_to_a_newer_one_beside_it(monkeypatch, tmp_path):
    for name, script in (("python3.13", "exit 127"), ("python3.12", '[ "$2" != run ] || exit 7')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(sys, "version_info", (3, 8, 2, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(monkeypatch, "run") == 7


def test_a_python_without_venv_is_told_what_to_install(clone, monkeypatch, capsys):
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None)
    assert run(monkeypatch, "run") == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Temporary failure in name resolution", "index cannot be reached"),
        ("npm error code ENOTFOUND", "index cannot be reached"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("Command '[...ensurepip...]' returned non-zero", "python3-venv"),
        ("something\nERROR: No matching distribution found for x==1\n\n", "No matching distribution found for x==1"),
        ("", "no output"),
    ],
)
def test_what_a_tool_said_becomes_one_sentence(clone, said, sentence):
    told = install._meaning(said)
    assert sentence in told
    assert "\n" not in told


def test_a_failed_installation_is_tried_again_next_time(clone, monkeypatch, capsys):
    (clone / "requirements.txt").write_text("./no-such-directory\n")
    assert run(monkeypatch, "run") == 1
    assert "The installation failed: " in capsys.readouterr().err
    (clone / "requirements.txt").write_text("# nothing\n")
    assert run(monkeypatch, "run") == 0
