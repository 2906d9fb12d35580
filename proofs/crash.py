"""Every code site, before and after, at its first, middle and last passing: 0 lost, 0 doubled, 0 stuck, all balanced.

Then the same code with one guard taken away at a time: each time some trial must find a record lost or doubled.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from proofs import flows, weakened
from proofs.flows.base import Flow
from proofs.ground import Ground
from proofs.points import Point
from proofs.report import Options, Report
from proofs.trial import How, Trial, crash, explain, record
from proofs.world import World, build
from sandbox.launch import Running

SITES = Path(__file__).resolve().parent / "points"
SEEDS, SIZE, TWICE = 5, 6, 12
AT_ONCE = (8, 1, 3)  # sends at the same time, by seed
Found = Sequence[tuple[str, str, int]]


def prove(options: Options) -> bool:
    """The whole proof; True where it holds."""
    report = Report("crash", options)
    with Ground() as ground, Running() as target:
        chosen = _rotated(options) if options.sample else [(f, s) for f in flows.ALL for s in _seeds(options)]
        for flow, seed in chosen:
            _prove_flow(report, ground, target, flow, seed)
        weakened.prove(report, ground, target)
    done = report.figures.values()
    trials, killed = sum(f.get("trials", 0) for f in done), sum(f.get("killed", 0) for f in done)
    harmed, bitten = sum(f.get("harmed", 0) for f in done), report.figures["weakened"]
    caught = f"{bitten['caught']} of {bitten['of']} weakened twins caught"
    summary = f"{killed} kills in {trials} trials, {harmed} with harm; {caught}"
    return report.close(summary)


def _seeds(options: Options) -> range:
    return range(options.seed, options.seed + SEEDS)


def _rotated(options: Options) -> list[tuple[type[Flow], int]]:
    """One flow per sample, another one each time."""
    return [(flows.ALL[options.seed % len(flows.ALL)], options.seed)]


def _prove_flow(report: Report, ground: Ground, target: Running, flow: type[Flow], seed: int) -> None:
    how, draw = How(AT_ONCE[seed % len(AT_ONCE)]), random.Random(seed)
    world = build(ground, target, flows.chain(flow), seed, SIZE)
    found = record(world, how)
    _compare_sites(report, flow.name, found)
    plans = list(_plans(found, report.options, draw))
    outcome: Counter[str] = Counter()
    for points in plans:
        trial = _tried(world, points, how)
        outcome.update(trials=1, killed=trial.killed, harmed=trial.harmed)
        if trial.harmed:
            report.fail(f"{flow.name} seed {seed}: {explain(trial)}")
    figures = {**outcome, "sites": len({site for site, *_ in found}), "points": sum(n for *_, n in found)}
    report.figures[f"{flow.name} seed {seed}"] = {**figures, "at_once": how.at_once}
    report.say(f"{flow.name}, seed {seed}: {figures}")


def _tried(world: World, points: Sequence[Point], how: How) -> Trial:
    """Sends run side by side, so that a last passing may not come again: then an earlier one is taken."""
    trial = crash(world, points, how)
    while not trial.killed and not trial.harmed and any(point.n > 1 for point in points):
        points = [Point(p.site, p.moment, max(1, p.n // 2)) for p in points]
        trial = crash(world, points, how)
    return trial


def _plans(found: Found, options: Options, draw: random.Random) -> Iterator[Sequence[Point]]:
    """Single kills, then some trials in which the worker that goes on is killed as well."""
    single = [Point(site, moment, n) for site, moment, most in found for n in _which(most, options.full)]
    twice = [(draw.choice(single), draw.choice(single)) for _ in range(TWICE)]
    if options.sample:
        single, twice = draw.sample(single, min(options.sample, len(single))), twice[: options.sample // 6]
    yield from ([point] for point in single)
    yield from ([first, Point(then.site, then.moment, 1)] for first, then in twice)


def _which(most: int, full: bool) -> list[int]:
    return list(range(1, most + 1)) if full else sorted({1, (most + 1) // 2, most})


# ----------------------------------------------------------------------------------------------- the list of sites
def _compare_sites(report: Report, name: str, found: Found) -> None:
    """A site that is gone means that the proof has become shorter: it must be taken off the list on purpose."""
    file = SITES / f"{name}.txt"
    now = {f"{moment} {site}" for site, moment, _ in found}
    known = set(file.read_text().splitlines()) if file.exists() else set()
    for gone in sorted(known - now):
        report.fail(f"{name}: the crash point '{gone}' is not passed any more; see {file.relative_to(SITES.parent)}")
    if now - known:
        SITES.mkdir(exist_ok=True)
        file.write_text("\n".join(sorted(known | now)) + "\n")
        report.say(f"{name}: {len(now - known)} crash points are new and were added to {file.name}")
