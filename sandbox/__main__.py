"""`python -m sandbox --port 8010 --data var/sandbox.sqlite`: runs the stand-in until it is stopped."""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from sandbox import seeding
from sandbox.app import make_app
from sandbox.service import Service
from sandbox.store import Store


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """One gunicorn process with threads; the service lives in its one worker."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        """Settings of gunicorn."""
        chosen = {
            "bind": f"{self.options.host}:{self.options.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": self.options.threads,
            "keepalive": 75,
            "timeout": 0,
            "graceful_timeout": 1,
            "loglevel": "error",
            "when_ready": _announce,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called once, in the worker."""
        service = Service(Store(None if self.options.memory else Path(self.options.data)))
        seeding.default_house(service)
        return make_app(service)


def _announce(arbiter: Any) -> None:
    host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
    sys.stdout.write(f"Stand-in AP service on http://{host}:{port}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox", description="A stand-in AP automation service.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010, help="0 takes a free one and prints it")
    parser.add_argument("--data", default="var/sandbox.sqlite", help="SQLite file that survives restarts")
    parser.add_argument("--memory", action="store_true", help="keep everything in memory, forget it at the end")
    parser.add_argument("--threads", type=int, default=48)
    return parser


def main() -> int:
    """Entry point; 1 where the port is taken."""
    options = _parser().parse_args()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError as fault:
            reason = fault.strerror or fault
            place = f"{options.host}:{options.port}"
            sys.stderr.write(f"{place} cannot be used ({reason}). Choose another --port.\n")
            return 1
    Server(options).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
