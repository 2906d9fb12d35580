"""What travels in the proofs: for each workflow domain a source filled from a seed and a model of what must arrive."""

from __future__ import annotations

from proofs.flows.base import Flow
from proofs.flows.vendors import Vendors

ALL: tuple[type[Flow], ...] = (Vendors,)


def chain(flow: type[Flow]) -> list[Flow]:
    """The flow after those whose records it needs."""
    by_domain = {one.domain: one for one in ALL}
    return [by_domain[domain]() for domain in (*flow.needs, flow.domain)]
