"""The verdict on a trial: what the target logged and holds against the model, and what the product left unfinished."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

from proofs.flows.base import Flow, Json, Scene
from proofs.ground import Ground
from sandbox.launch import Control

UNFINISHED = {
    "job": "SELECT kind || ' is ' || state || ' ' || last_error FROM jobs_job WHERE state <> 'done'",
    "run": "SELECT kind || ' is ' || state || ' ' || sentence FROM sync_run WHERE state <> 'succeeded'",
    "entry": "SELECT state || ' ' || outcome FROM sync_runentry WHERE state <> 'closed'",
    "intent": "SELECT step || ' is ' || state FROM sync_intent WHERE state NOT IN ('done', 'void')",
    "item": "SELECT code || ' ' || sentence FROM sync_workitem WHERE state = 'open'",
}
UNBALANCED = "SELECT kind || ' ' || counts::text FROM sync_run WHERE balanced IS NOT TRUE AND NOT dry"


@dataclass
class Verdict:
    """Sentences by what is wrong; all empty is what every trial must end with."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # it arrived with other values
    stuck: list[str] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)  # a second, full run found something to write

    @property
    def harm(self) -> dict[str, list[str]]:
        """Only what is wrong."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}


def judge(control: Control, scene: Scene, flow: Flow) -> Verdict:
    """Compares the target's state and log with the model."""
    verdict = Verdict()
    state = control.state(*flow.kinds)
    for kind, name in flow.kinds.items():
        _compare(verdict, kind, scene.expected.get(kind, {}), _by_key(flow, kind, name, state.get(kind, [])))
    _judge_log(verdict, control.log(writes=True), scene, flow)
    return verdict


def judge_rest(ground: Ground, database: str, verdict: Verdict) -> None:
    """Adds what is left unfinished or does not balance."""
    with ground.look(database) as link:
        for what, query in UNFINISHED.items():
            verdict.stuck += [f"{what}: {row[0]}" for row in link.execute(query)]
        verdict.unbalanced += [str(row[0]) for row in link.execute(UNBALANCED)]


def writes_after(control: Control, line: int) -> list[str]:
    """What took effect in the target after a line of its log."""
    return [f"{entry['method']} {entry['path']}" for entry in control.log(after=line, writes=True) if entry["applied"]]


def _by_key(flow: Flow, kind: str, name: str, records: list[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for record in records:
        found.setdefault(str(record[name]), []).append(flow.held(kind, record))
    return found


def _compare(verdict: Verdict, kind: str, expected: dict[str, Json], found: dict[str, list[Json]]) -> None:
    for key, values in expected.items():
        match found.get(key, []):
            case []:
                verdict.lost.append(f"{kind} {key}")
            case [one] if one != values:
                verdict.wrong.append(f"{kind} {key}: {_differing(values, one)}")
            case [_]:
                pass
            case many:
                verdict.doubled.append(f"{kind} {key} is there {len(many)} times")
    verdict.doubled += [f"{kind} {key} should not be there" for key in found.keys() - expected.keys()]


def _differing(values: Json, held: Json) -> dict[str, tuple[Any, Any]]:
    return {name: (value, held.get(name)) for name, value in values.items() if held.get(name) != value}


def _judge_log(verdict: Verdict, log: list[Json], scene: Scene, flow: Flow) -> None:
    creates = [entry for entry in log if entry["applied"] and entry["operation"] == "create"]
    for (kind, reference), times in Counter((e["kind"], e["externalReference"]) for e in creates).items():
        if times > 1:
            verdict.doubled.append(f"{kind}: {reference} was created {times} times")
    for kind in flow.kinds:
        made, meant = sum(e["kind"] == kind for e in creates), scene.created.get(kind, 0)
        if made != meant:
            (verdict.doubled if made > meant else verdict.lost).append(f"{kind}: {made} created, {meant} meant")
