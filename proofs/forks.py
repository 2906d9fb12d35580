"""Children of the proof's own process: everything is imported already, so that a trial costs milliseconds."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ended:
    """How a child ended: `signal` it was killed by (0: none), its exit `code`, what it answered and what it said."""

    signal: int
    code: int
    answer: Any
    said: str

    @property
    def killed(self) -> bool:
        """Whether it ended at a crash point."""
        return self.signal == signal.SIGKILL


class Child:
    """A fork that does `work` and answers something JSON can carry. Nothing is cleaned up: it ends by `_exit`."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._out, self._said = (tempfile.TemporaryFile("w+") for _ in range(2))  # noqa: SIM115 - outlive this call
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self._be_child(work)

    def _be_child(self, work: Callable[[], Any]) -> None:
        code = 0
        try:
            for stream in (1, 2):
                os.dup2(self._said.fileno(), stream)
            self._out.write(json.dumps(work()))
            self._out.flush()
        except BaseException:  # noqa: BLE001 - a child must never return into its parent's code
            code = 3
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def wait(self, seconds: float = 120.0) -> Ended:
        """Waits for its end; one that takes longer is killed and counts as ended by SIGALRM."""
        until = time.monotonic() + seconds
        while (found := os.waitpid(self.pid, os.WNOHANG))[0] == 0:
            if time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                return self._ended(signal.SIGALRM, 0)
            time.sleep(0.002)
        status = found[1]
        return self._ended(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, os.waitstatus_to_exitcode(status))

    def wait_until_stopped(self, seconds: float = 60.0) -> bool:
        """True once it has stopped itself (SIGSTOP); False where it ended instead or takes longer."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            info = os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if info is not None:
                return info.si_code == os.CLD_STOPPED
            time.sleep(0.005)
        return False

    def signal(self, number: int) -> None:
        """Sends it a signal."""
        os.kill(self.pid, number)

    def _ended(self, by: int, code: int) -> Ended:
        self._out.seek(0)
        self._said.seek(0)
        answer = self._out.read()
        return Ended(by, code, json.loads(answer) if answer and by == 0 and code == 0 else None, self._said.read())


def forked(work: Callable[[], Any], seconds: float = 120.0) -> Ended:
    """Does `work` in a child and waits for it."""
    return Child(work).wait(seconds)
