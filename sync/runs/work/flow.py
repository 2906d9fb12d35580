"""What a run needs to carry one object of one company from one system to the other, opened once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from connectors.base import Connector, ObjectSpec
from connectors.selectors import open_connector
from governance import ownership
from mappings import selectors as mappings
from mappings.engine import Compiled
from sync.links.models import RecordState
from sync.pipelines.models import Pipeline, PipelineEntity
from sync.pipelines.states import DOMAINS, SHARED_OBJECTS
from tenancy.customers.models import Entity


@dataclass(frozen=True)
class Lane:
    """One object of one company. `company` is "" for records shared by all entities."""

    object: str
    company: str
    source_company: str
    target_company: str
    entity_id: UUID | None


@dataclass(frozen=True)
class Flow:
    """A lane with its two connectors and its compiled mappings."""

    pipeline: Pipeline
    lane: Lane
    source: Connector
    target: Connector
    inbound: Compiled
    outbound: Compiled
    back: Compiled | None
    told: Compiled | None  # what the source is told once its record is written
    revision: str  # of everything but the record that can change what is written
    owners: Mapping[str, str] = field(default_factory=dict)  # top-level field → the side whose value is the truth

    @property
    def object(self) -> str:
        """The canonical object this flow carries."""
        return self.lane.object

    @property
    def source_spec(self) -> ObjectSpec:
        """What the source declares of this object."""
        return self.source.objects[self.object]

    @property
    def target_spec(self) -> ObjectSpec:
        """What the target declares of this object."""
        return self.target.objects[self.object]


def lanes(pipeline: Pipeline) -> list[Lane]:
    """Every lane of a pipeline, parents before children."""
    covered = list(pipeline.entities.all())
    return [lane for obj in DOMAINS[pipeline.domain].objects for lane in _lanes_of(obj, covered)]


def _lanes_of(obj: str, covered: list[PipelineEntity]) -> list[Lane]:
    if obj in SHARED_OBJECTS:
        return [Lane(obj, "", c.source_company, c.target_company, None) for c in covered[:1]]
    return [Lane(obj, c.source_company, c.source_company, c.target_company, c.entity_id) for c in covered]


@dataclass
class Flows:
    """Opens each lane's flow once per run."""

    pipeline: Pipeline
    source: Connector = field(init=False)
    target: Connector = field(init=False)
    _open: dict[Lane, Flow | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.source = open_connector(self.pipeline.source_id)
        self.target = open_connector(self.pipeline.target_id)
        known = (self.source.objects, self.target.objects)
        self.lanes = [lane for lane in lanes(self.pipeline) if all(lane.object in side for side in known)]

    def lane(self, obj: str, company: str) -> Lane:
        """The lane of an object and a company; raises LookupError where the pipeline has none."""
        for lane in self.lanes:
            if (lane.object, lane.company) == (obj, company):
                return lane
        raise LookupError(f"{self.pipeline.name} carries no {obj} of company {company or '(shared)'}")

    def open(self, lane: Lane) -> Flow:
        """The flow of a lane."""
        if lane not in self._open:
            self._open[lane] = self._make(lane)
        return self._open[lane]

    def _make(self, lane: Lane) -> Flow:
        p, obj = self.pipeline, lane.object
        inbound = mappings.compiled(p.mapping_in_id, obj, "in")
        outbound = mappings.compiled(p.mapping_out_id, obj, "out")
        back = mappings.optional(p.mapping_back_id, obj, "in") if p.mapping_back_id else None
        told = mappings.optional(p.mapping_in_id, obj, "ack")
        register = ownership.register_of(self._entity(lane))
        rules = revision(p, inbound, outbound, ownership.revision(register))
        owners = ownership.field_owners(register, obj)
        return Flow(p, lane, self.source, self.target, inbound, outbound, back, told, rules, owners)

    def _entity(self, lane: Lane) -> Entity:
        """The lane's entity; for what all entities share, the first one the pipeline covers."""
        covered = list(self.pipeline.entities.select_related("entity"))
        return next((c.entity for c in covered if c.entity_id == lane.entity_id), covered[0].entity)


def revision(pipeline: Pipeline, inbound: Compiled, outbound: Compiled, owners: str) -> str:
    """A digest of mappings, crosswalks, policies and ownership: unchanged means the same record is written the same."""
    parts = [inbound.revision, outbound.revision, *pipeline.policies, str(pipeline.cutover_on or ""), owners]
    return hashlib.blake2b("|".join(parts).encode(), digest_size=16).hexdigest()


def reference(flow: Flow, record: RecordState) -> str:
    """Our own reference in the target: one per record and pipeline, another after an unlink. Names nobody."""
    spec = flow.target_spec.reference
    again = f"{record.generation}-" if record.generation > 1 else ""  # in front: a short field cuts off the end
    text = f"R{again}{record.pk.hex}"
    return text[: spec.max_length] if spec else text
