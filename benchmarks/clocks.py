"""Clocks for a machine that does other things as well: processor time, and ratios of pairs measured in turn."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from statistics import median

Clock = Callable[[], float]
Task = Callable[[], object]


def processor(*pids: int) -> Clock:
    """Processor seconds of this process, all its threads, and of these others (Linux: to the nanosecond)."""

    def seconds() -> float:
        return time.process_time() + sum(process_seconds(pid) for pid in pids)

    return seconds


def process_seconds(pid: int) -> float:
    """Processor seconds another process has used so far."""
    return time.clock_gettime((~pid << 3) | 2)


def backend() -> int:
    """The process that serves this thread's database connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def spent(task: Task, clock: Clock) -> float:
    """What one call of the task costs by the clock, with no garbage of others to collect."""
    gc.collect()
    started = clock()
    task()
    return clock() - started


def paired(ours: Sequence[Task], theirs: Sequence[Task], clock: Clock) -> list[tuple[float, float]]:
    """(our cost, their cost) of each pair, measured one after the other; who goes first changes each time."""
    found = []
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        if number % 2:
            theirs_cost, ours_cost = spent(other, clock), spent(one, clock)
        else:
            ours_cost, theirs_cost = spent(one, clock), spent(other, clock)
        found.append((ours_cost, theirs_cost))
    return found


def times_as_fast(pairs: Sequence[tuple[float, float]]) -> float:
    """Median over the pairs of their cost / our cost: 1 is as fast, 2 is twice as fast."""
    return median(theirs / ours for ours, theirs in pairs)
