"""First load of vendors into a target that takes 50 ms over each call, eight calls at a time.

The ideal is what eight threads get from the same target in the same run that do nothing but send the same records
through the same connector. Ours is a whole run of two pages, from its first call to its last, so the deciding between
the pages counts; every step has its intent committed before and its receipt after.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from statistics import median

from benchmarks import house, world
from benchmarks.clocks import backend, processor, spent
from benchmarks.figures import Figure
from benchmarks.suppliers import supplier
from connectors.selectors import open_connector
from sandbox.launch import Running
from sync.runs.work.write import AT_ONCE
from tenancy.context import tenant_context

DELAY_MS = 50.0
Side = Callable[[], float]


def run(short: bool) -> list[Figure]:
    """The share of the ideal, and what a written record costs."""
    count, rounds = (40, 1) if short else (1_000, 5)
    records = [supplier(number) for number in range(count)]
    with tenant_context(house.partner("writing")), Running() as source, Running() as target:
        world.seed(source.control, records)
        pairs, costs = [], []
        for number in range(rounds):
            here = world.build(source.base_url, target.base_url)
            ideal, ours = _in_turn((_sender(here, records), _writer(here, target, costs)), target, swapped=number % 2)
            pairs.append((ours, ideal))
    return _figures(pairs, costs, count)


def _in_turn(sides: tuple[Side, Side], target: Running, *, swapped: int) -> list[float]:
    """Seconds of both, each into an empty target: what one wrote would be a duplicate to the other."""
    seconds = {}
    for place in (1, 0) if swapped else (0, 1):
        target.control.reset(log=False)
        target.control.settings(delayMs=DELAY_MS)
        seconds[place] = sides[place]()
    return [seconds[0], seconds[1]]


def _figures(pairs: list[tuple[float, float]], costs: list[float], count: int) -> list[Figure]:
    rate = count / median(ours for ours, _ in pairs)
    senders = count / median(ideal for _, ideal in pairs)
    share = median(ideal / ours for ours, ideal in pairs)
    return [
        Figure(
            f"written records at {DELAY_MS:.0f} ms, {AT_ONCE} at a time, of those who only send", share, 0.9,
            note=f"they get {senders:.0f}/s; {AT_ONCE * 1000 / DELAY_MS:.0f}/s if the target took {DELAY_MS} ms sharp",
        ),
        Figure("  records a second", rate, unit="/s"),
        Figure("  processor milliseconds per written record", median(costs) / count * 1000, unit="ms"),
    ]  # fmt: skip


def _writer(here: world.World, target: Running, costs: list[float]) -> Side:
    """A full run; seconds from its first write to its last answer, by the target's log."""

    def write() -> float:
        last = target.control.call("GET", "/log", after=0, limit=1_000_000)["last"]
        costs.append(spent(lambda: here.run("full"), processor(backend())))
        lines = target.control.log(after=last, writes=True)
        first, final = (datetime.fromisoformat(lines[place]["at"]) for place in (0, -1))
        return (final - first).total_seconds() + DELAY_MS / 1000  # a line is written when its delay is over

    return write


def _sender(here: world.World, records: list[dict[str, object]]) -> Side:
    """The same records sent by as many threads."""
    connector = open_connector(here.target.pk)
    (step,) = connector.objects["vendor"].creates

    def send(number: int) -> None:
        reference = f"bench-{here.pipeline.pk.hex[:8]}-{number}"
        connector.perform("vendor", step, company=world.COMPANY, body=dict(records[number]), reference=reference)

    def send_all() -> float:
        started = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(send, range(len(records))))
        return time.monotonic() - started

    return send_all
