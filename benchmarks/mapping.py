"""The mapping engine on one core, in processor time: an invoice of 9 kB, 41 keys and 20 lines of 15 fields.

Every rival maps the same records in the same round, freshly read from JSON, and its rate is set against ours in that
round; the figure is the middle one of all rounds. By hand is what a reviewer would pass: plain Python that shares
what is used twice. Ours must make exactly what it makes, and so must JMESPath; JSONata is told by how many invoices
have a wrong cent. An oracle of fractions checks every amount of ours.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any

from benchmarks.figures import Figure
from benchmarks.invoice import jmespath_form, jsonata_form
from benchmarks.invoice.by_hand import map_invoice
from benchmarks.invoice.declared import SPEC
from benchmarks.invoice.sample import CROSSWALKS, invoices
from mappings.engine import compile_mapping

Json = dict[str, Any]
Mapper = Callable[[Json], Json]
TURNS = 5


def run(short: bool) -> list[Figure]:
    """Three goals of speed, two of exactness."""
    rounds, count = (6, 20) if short else (40, 40)
    compiled = compile_mapping(SPEC, CROSSWALKS)
    ours, jmespath, jsonata = compiled.apply, jmespath_form.mapper(), jsonata_form.mapper()
    samples = invoices(100, seed=0)
    expected = [map_invoice(record) for record in samples]
    for name, mapper in (("ours", ours), ("jmespath", jmespath)):
        if [mapper(record) for record in samples] != expected:
            raise AssertionError(f"{name} makes something else than what is written by hand")
    wrong = sum(_cents(jsonata(record)) != _cents(made) for record, made in zip(samples, expected, strict=True))
    off = sum(_off(record, ours(record)) for record in samples)
    (by_hand,) = _compare(ours, [map_invoice], rounds, count)
    gaps = _gaps(ours, rounds, count)
    slow = _compare(ours, [jmespath, jsonata], max(1, rounds // 20), 8)
    rate = _per_second(ours, samples)
    return [
        Figure("mapping: of what is written by hand", by_hand, 0.90, note=f"{rate:,.0f} invoices/s"),
        Figure("mapping: of that, where keys are left out", gaps, note="a fifth of the keys, and of those of lines"),
        Figure("mapping: as fast as jmespath", slow[0], 10),
        Figure("mapping: as fast as jsonata-python", slow[1], 100, note=f"a wrong cent in {wrong} of 100 invoices"),
        Figure("mapping: amounts off the exact ones", off, 0, unit="amounts", at_most=True),
    ]


def _compare(ours: Mapper, rivals: Sequence[Mapper], rounds: int, count: int) -> list[float]:
    """Our speed as a share of each rival's, the middle of all rounds. In a round everybody maps the same records
    several times, in turns, and the best time counts: what other processes take away is no property of a mapper."""
    shares: list[list[float]] = [[] for _ in rivals]
    for number in range(rounds + 1):
        text = json.dumps(invoices(count, seed=1_000 + number))
        best = [min(times) for times in zip(*[_turn([ours, *rivals], text) for _ in range(TURNS)], strict=True)]
        if number:  # the first round warms up
            for share, spent in zip(shares, best[1:], strict=True):
                share.append(spent / best[0])
    return [median(share) for share in shares]


def _turn(mappers: Sequence[Mapper], text: str) -> list[float]:
    return [_seconds(mapper, json.loads(text)) for mapper in mappers]


def _seconds(mapper: Mapper, records: Sequence[Json]) -> float:
    began = time.process_time()
    for record in records:
        mapper(record)
    return time.process_time() - began


def _per_second(mapper: Mapper, records: Sequence[Json]) -> float:
    return len(records) / _seconds(mapper, records)


def _gaps(ours: Mapper, rounds: int, count: int) -> float:
    """Our speed with records that leave keys out, as a share of that with the same records complete."""
    shares = []
    for number in range(rounds):
        complete = invoices(count, seed=5_000 + number)
        shares.append(_seconds(ours, complete) / _seconds(ours, [_with_gaps(record) for record in complete]))
    return median(shares)


def _with_gaps(record: Json) -> Json:
    """The record without every fifth of its keys and of each line's."""
    lines = [dict(list(row.items())[n % 5 :: 5]) for n, row in enumerate(record["item"]["items"])]
    kept = {key: value for n, (key, value) in enumerate(record.items()) if n % 5}
    full = record["item"]["items"]
    rows = [{k: v for k, v in row.items() if k not in gone} for row, gone in zip(full, lines, strict=True)]
    return {**kept, "item": {"items": rows}}


def _cents(made: Json) -> list[str]:
    return [*made["amounts"].values(), *(line[name] for line in made["lines"] for name in ("net", "tax"))]


def _off(record: Json, made: Json) -> int:
    """How many amounts differ from exact arithmetic, rounded half up at the end."""
    total, tax = Fraction(record["total"]), Fraction(record["taxTotal"])
    due = total - Fraction(record["discountAmount"]) - Fraction(record["amountPaid"])
    exact = [total, tax, total - tax, due, total * Fraction(record["exchangeRate"])]
    for line in record["item"]["items"]:
        net = Fraction(line["quantity"]) * Fraction(line["rate"])
        exact += [net, net * Fraction(line["taxRate"]) / 100]
    return sum(_half_up(value) != Decimal(text) for value, text in zip(exact, _cents(made), strict=True))


def _half_up(value: Fraction) -> Decimal:
    return Decimal(int(value * 100 + Fraction(1, 2))) / 100
