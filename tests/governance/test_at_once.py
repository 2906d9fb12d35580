"""People and processes that act at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from governance.audit import verify
from governance.models import AuditEntry
from governance.services import DecisionRefused, record_audit
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.context import tenant_context
from tests.governance.subject import Thermostat, ask, say


def at_once(schema: str, *works: Callable[[], None]) -> None:
    """Runs each in a thread and tenant context of its own."""

    def inside(work: Callable[[], None]) -> None:
        with tenant_context(schema):
            work()
        connection.close()

    threads = [threading.Thread(target=inside, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_people_who_decide_at_once_apply_it_once(
    transactional_tenant: Any, thermostat: Thermostat, actor_with: Callable[..., Actor]
) -> None:
    change = ask(actor_with("engineer"))
    outcomes: list[str] = []

    def attempt(who: Actor) -> None:
        try:
            outcomes.append(say(who, change).outcome)
        except DecisionRefused as refusal:
            outcomes.append(refusal.sentence)

    deciders = [actor_with("approver"), actor_with("owner")]
    at_once(transactional_tenant.schema_name, *(lambda who=who: attempt(who) for who in deciders))
    assert sorted("was first" in outcome for outcome in outcomes) == [False, True]
    assert "applied" in outcomes


def test_the_chain_has_no_gap_when_many_write_and_some_give_up(transactional_tenant: Any) -> None:
    def write(number: int) -> None:
        for turn in range(8):
            with transaction.atomic():
                record_audit(actor=SYSTEM, action="test.turn", object_type="turn", object_id=number, data={"n": turn})
                transaction.set_rollback(turn % 3 == 2)

    at_once(transactional_tenant.schema_name, *(lambda number=number: write(number) for number in range(4)))
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 25))
    assert verify().sound
