"""The start of a trial: a customer with an ERP in memory and the stand-in AP service, pipelines live."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from portal.localpg import DATABASE
from proofs.flows.base import Flow, Json, Scene, mapping
from proofs.ground import SCHEMA, Ground, use
from proofs.passing import work_until_quiet
from sandbox.launch import Running

COMPANY, THEIR_COMPANY = "1", "co-1"
KEPT = "start"


@dataclass
class World:
    """What the parent knows and its forks inherit. The twin is filled before a fork and only read after it."""

    ground: Ground
    target: Running
    flow: Flow
    scene: Scene
    pipelines: dict[str, Any] = field(default_factory=dict)  # domain → id
    _target_start: dict[str, list[Json]] = field(default_factory=dict)

    def fill_erp(self) -> None:
        """Brings the system in memory to what the scene says; what did not change is left alone."""
        from connectors.testing.twin_system import TwinSystem

        twin = TwinSystem.named("erp")
        for obj, rows in self.scene.erp.items():
            for external_id, body in rows.items():
                row = twin.table(obj).get(external_id)
                if row is None or any(row.body.get(name) != value for name, value in body.items()):
                    twin.put(obj, body, company=COMPANY, external_id=external_id)

    def keep(self, database: str) -> None:
        """Both sides as they are now are where every trial starts."""
        use(DATABASE)
        self.ground.keep(KEPT, database)
        self.ground.drop(database)
        state = self.target.control.state()
        self._target_start = {kind: rows for kind, rows in state.items() if kind not in ("companies", "users")}

    @contextmanager
    def trial(self) -> Iterator[str]:
        """A fresh database and a target as at the start, with an empty log; the database's name."""
        self._reset_target()
        name = self.ground.copy(KEPT)
        try:
            yield name
        finally:
            self.ground.drop(name)

    def _reset_target(self) -> None:
        """Seeded without their ids, the records get the same ones again and the counters stand behind them."""
        self.target.control.reset()
        rows = {k: [_without_id(row) for row in rows] for k, rows in self._target_start.items() if rows}
        given = self.target.control.call("POST", "/seed", rows)
        meant = {k: [row["id"] for row in rows] for k, rows in self._target_start.items() if rows}
        assert given == meant, "the target did not come back as it was kept"


def _without_id(row: Json) -> Json:
    return {name: value for name, value in row.items() if name != "id"}


def build(ground: Ground, target: Running, flows: Iterable[Flow], seed: int, size: int) -> World:
    """A world whose last flow has something to carry: its run is asked for, nothing of it is worked."""
    from connectors.testing.twin_system import TwinSystem
    from tenancy.context import tenant_context

    TwinSystem.forget()
    target.control.reset()
    chain, draw = list(flows), random.Random(seed)
    world, database = World(ground, target, chain[-1], Scene()), ground.copy()
    use(database)
    with tenant_context(SCHEMA):
        sides = _sides(target.base_url)
        for flow in chain:
            flow.before(world.scene, draw)
            world.fill_erp()
            world.pipelines[flow.domain] = _pipeline(flow, *sides)
            ask(world.pipelines[flow.domain], "full")
            assert work_until_quiet(), f"the first load of {flow.name} did not come to rest"
        world.flow.change(world.scene, draw, size)
        world.fill_erp()
        ask(world.pipelines[world.flow.domain])
    world.keep(database)
    return world


def ask(pipeline_id: Any, kind: str = "incremental") -> None:
    """Asks for a run."""
    from sync.pipelines.models import Pipeline
    from sync.runs.services import request_run
    from tenancy.accounts.actors import SYSTEM

    request_run(actor=SYSTEM, pipeline=Pipeline.objects.get(pk=pipeline_id), kind=kind)


def _sides(target_url: str) -> tuple[Any, Any, Any]:
    """The entity and both connections."""
    from connectors import services
    from connectors.testing import twin  # noqa: F401  registers the system in memory
    from mappings.services import load_templates
    from tenancy.accounts.actors import SYSTEM
    from tenancy.customers.models import Customer, Entity

    load_templates()
    customer = Customer.objects.create(code="alder", name="Alder & Finch")
    entity = Entity.objects.create(customer=customer, code="us", name="Alder & Finch Inc.", functional_currency="USD")
    erp = services.create_connection(
        actor=SYSTEM, customer=customer, connector="twin_erp", label="ERP", settings={"system": "erp"},
        credentials={"key": "twin-key"},
    )  # fmt: skip
    ap = services.create_connection(
        actor=SYSTEM, customer=customer, connector="ap_sandbox", label="AP",
        settings={"base_url": target_url, "sign_in": "token"}, credentials={"token": "stand-in-token"},
    )  # fmt: skip
    for row, company in ((erp, COMPANY), (ap, THEIR_COMPANY)):
        services.bind_entity(actor=SYSTEM, connection_id=row.pk, entity=entity, external_company=company)
    return entity, erp, ap


def _pipeline(flow: Flow, entity: Any, erp: Any, ap: Any) -> Any:
    from mappings.selectors import newest
    from sync.pipelines.services import create_pipeline, move
    from tenancy.accounts.actors import SYSTEM

    theirs = newest("ap_sandbox", flow.domain)
    made = create_pipeline(
        actor=SYSTEM, customer_id=entity.customer_id, domain=flow.domain, source_id=erp.pk, target_id=ap.pk,
        mapping_in_id=_inbound(flow).pk, mapping_out_id=theirs.pk, mapping_back_id=theirs.pk,
        entities=[(entity, COMPANY, THEIR_COMPANY)],
    )  # fmt: skip
    for state in ("matching", "live"):
        move(actor=SYSTEM, pipeline=made, to=state)
    return made.pk


def _inbound(flow: Flow) -> Any:
    from mappings import services
    from mappings.models import Mapping
    from tenancy.accounts.actors import SYSTEM

    mine = Mapping.objects.create(system="twin", domain=flow.domain, name=f"Twin: {flow.name}")
    draft = services.create_draft(actor=SYSTEM, mapping=mine)
    services.save_draft(actor=SYSTEM, version_id=draft.pk, spec=mapping(flow))
    return services.publish(actor=SYSTEM, version_id=draft.pk)

