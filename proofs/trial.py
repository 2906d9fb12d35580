"""One trial: a process is killed at one point, time passes beyond its lease, fresh processes finish the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from proofs.forks import forked
from proofs.ground import SCHEMA, use
from proofs.passing import PAST_THE_LEASE, let_pass, work_until_quiet
from proofs.points import Hooks, Point, kill_me
from proofs.truth import Verdict, judge, judge_rest, writes_after
from proofs.world import World, ask

Guard = Callable[[], None]  # takes one guard away, in the process that calls it
PAGE_SIZE = 4


@dataclass
class Trial:
    """What became of it. `killed` False: the point was not reached."""

    points: tuple[Point, ...]
    killed: bool = False
    verdict: Verdict = field(default_factory=Verdict)
    said: str = ""

    @property
    def harmed(self) -> bool:
        """Whether a record was lost, doubled or changed, or anything did not come to rest."""
        return bool(self.verdict.harm)


@dataclass(frozen=True)
class How:
    """How the processes of a trial work: sends at a time, whether time is real, which guard is missing."""

    at_once: int = 8
    real: bool = False
    without: Guard | None = None


def enter(database: str, how: How, hooks: Hooks) -> None:
    """Makes a fresh fork a worker process on a database."""
    from sync.runs.work import read, write

    use(database)
    read.PAGE_SIZE, write.AT_ONCE = PAGE_SIZE, how.at_once
    hooks.install()
    if how.without is not None:
        how.without()


def record(world: World, how: How) -> list[tuple[str, str, int]]:
    """(site, moment, how often) of one undisturbed run."""
    with world.trial() as database:
        ended = forked(lambda: _recorded(database, how))
    assert ended.answer is not None, ended.said
    return [(site, moment, n) for site, moment, n in ended.answer]


def _recorded(database: str, how: How) -> list[tuple[str, str, int]]:
    hooks = Hooks()
    enter(database, how, hooks)
    assert work_until_quiet()
    return [(site, moment, n) for (site, moment), n in hooks.passed.items()]


def crash(world: World, points: Sequence[Point], how: How) -> Trial:
    """Kills one worker after the other at these points, lets a last one finish and judges."""
    trial = Trial(tuple(points))
    with world.trial() as database:
        ends = [forked(lambda at=at: _until(database, how, Hooks(at, kill_me))) for at in points]
        trial.killed = all(end.killed for end in ends)
        finish(world, database, how, trial)
    return trial


def finish(world: World, database: str, how: How, trial: Trial) -> None:
    """Time passes beyond the lease; a fresh worker works until quiet; a full run then must find nothing to write."""
    end = forked(lambda: _resumed(world, database, how))
    trial.said = end.said
    trial.verdict = judge(world.target.control, world.scene, world.flow)
    judge_rest(world.ground, database, trial.verdict)
    if end.answer is None:
        trial.verdict.stuck.append(f"the worker that should have gone on ended by {end.signal or end.code}")
    else:
        trial.verdict.rewritten = writes_after(world.target.control, end.answer["line"])
        trial.verdict.stuck += [] if end.answer["quiet"] else ["it never came to rest"]


def _until(database: str, how: How, hooks: Hooks) -> bool:
    enter(database, how, hooks)
    let_pass(PAST_THE_LEASE)
    return work_until_quiet(real=how.real)


def _resumed(world: World, database: str, how: How) -> dict[str, Any]:
    from tenancy.context import tenant_context

    enter(database, how, Hooks())
    let_pass(PAST_THE_LEASE)
    quiet = work_until_quiet(real=how.real)
    line = last_line(world)
    with tenant_context(SCHEMA):
        ask(world.pipelines[world.flow.domain], "full")
    return {"quiet": quiet and work_until_quiet(real=how.real), "line": line}


def last_line(world: World) -> int:
    """The number of the last line of the target's log."""
    log = world.target.control.log()
    return int(log[-1]["seq"]) if log else 0


def explain(trial: Trial) -> str:
    """What went wrong, for a person."""
    at = ", then ".join(map(str, trial.points))
    return f"killed {at}: {trial.verdict.harm} {trial.said[-2000:]}"
