"""What people do with an item about a whole run: let the run go on although its figures were hard to believe."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from governance.services import record_audit
from sync.runs.alarms import MASS_VANISHED
from sync.runs.models import Run, WorkItem
from sync.runs.services import go_on
from sync.runs.volume import FAR_FEWER
from tenancy.accounts.actors import Actor
from tenancy.accounts.selectors import require
from tenancy.clock import db_now

STOP_A_RUN = frozenset({MASS_VANISHED, FAR_FEWER})


class NothingToLetPass(ValueError):
    """The item stops no run that could go on; the message says why."""


@transaction.atomic
def let_run_go_on(*, actor: Actor, item_id: UUID, comment: str = "") -> Run:
    """A person has looked: the figures are right. Holds for this one run only."""
    item = WorkItem.objects.select_for_update(of=("self",)).get(pk=item_id)
    require(actor, "items.release", customer_id=item.customer_id)
    if item.state != "open" or item.code not in STOP_A_RUN or item.run_id is None:
        raise NothingToLetPass("No run waits for this item any more. Look at the pipeline's newest run.")
    run = Run.objects.select_for_update(of=("self",)).select_related("pipeline").get(pk=item.run_id)
    item.state, item.closed_at, item.closed_by = "released", db_now(), actor.id
    item.save(update_fields=["state", "closed_at", "closed_by"])
    record_audit(
        actor=actor, action="item.released", object_type="work_item", object_id=str(item.pk),
        customer_id=item.customer_id,
        data={"code": item.code, "sentence": item.sentence, "digest": item.digest, "comment": comment},
    )  # fmt: skip
    go_on(actor, run)
    return run
