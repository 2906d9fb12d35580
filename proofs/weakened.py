"""Weakened twins: the same code with one guard missing must be found out, or the proof proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proofs import flows, guards
from proofs.ground import Ground
from proofs.points import Point
from proofs.report import Report
from proofs.trial import How, Trial, crash, record
from proofs.world import World, build
from sandbox.launch import Running


@dataclass(frozen=True)
class Twin:
    """A guard and where its absence must show. `harm`: what the verdict must name."""

    guard: Callable[[], None]
    sites: str  # part of a crash point's site
    moments: tuple[str, ...]
    harm: str


TWINS = (
    Twin(guards.look_before_sending, "http POST", ("sent", "after"), "doubled"),
    Twin(guards.proof_before_receipt, "http POST", ("before",), "lost"),
    Twin(guards.intent_before_send, "http POST", ("after",), "doubled"),
)


def prove(report: Report, ground: Ground, target: Running) -> None:
    """Each guard away in turn, on the vendors; the twin must be caught doing what its guard prevents.

    A sample takes one of them, another one each time.
    """
    chosen = TWINS if not report.options.sample else (TWINS[report.options.seed % len(TWINS)],)
    world = build(ground, target, flows.chain(flows.ALL[0]), report.options.seed, 4)
    caught = 0
    for twin in chosen:
        trials = _hunt(world, twin)
        name = twin.guard.__name__
        caught += (found := bool(trials) and bool(getattr(trials[-1].verdict, twin.harm)))
        shown = trials[-1].verdict.harm if trials else {}
        report.say(f"without {name}: {'caught' if found else 'NOT caught'} in trial {len(trials)}: {shown}")
        if not found:
            report.fail(f"nothing shows that {name} is missing")
    report.figures["weakened"] = {"caught": caught, "of": len(chosen)}


def _hunt(world: World, twin: Twin) -> Sequence[Trial]:
    """Trials at the points that matter to the guard, until one finds the harm."""
    how, trials = How(at_once=1, without=twin.guard), []
    for site, moment, most in record(world, how):
        if twin.sites not in site or moment not in twin.moments:
            continue
        for n in sorted({1, most}):
            trials.append(crash(world, [Point(site, moment, n)], how))
            if getattr(trials[-1].verdict, twin.harm):
                return trials
    return trials
