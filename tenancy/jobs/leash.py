"""No orphans: where a parent dies, even by `kill -9`, its children die with it.

Linux does it for us (PR_SET_PDEATHSIG), for each generation anew. Elsewhere a process whose supervisor was killed
lives on until it is stopped by hand; it does no harm, for leases and fences bind it as any other worker.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
_forking_parent = 0


def follow(parent: int) -> None:
    """This process dies when its parent, which has that process id, does; at once if it has already."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def bind_children() -> None:
    """From now on every process forked by this one, and by those, follows its parent."""
    os.register_at_fork(before=_remember, after_in_child=_follow_forker)


def _remember() -> None:
    global _forking_parent
    _forking_parent = os.getpid()


def _follow_forker() -> None:
    follow(_forking_parent)
