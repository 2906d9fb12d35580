"""Conformance of the books: the ledger agrees with the system, payment blocks bite, files arrive whole."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from connectors.base import Connector, LedgerLine
from connectors.errors import DataRejected
from connectors.testing.bench import Bench, Delivery
from connectors.testing.choosing import only_if, overrides

OLD, NEW, OTHER = (f"whsec_{name}" for name in ("b2xkLXNlY3JldA==", "bmV3LXNlY3JldA==", "b3RoZXItc2VjcmV0"))


class Booking:
    """Chosen by the optional methods a connector has, and `can_block_payment`."""

    @only_if(lambda cls: overrides(cls, "ledger"))
    def test_the_ledger_agrees_with_the_books_to_the_cent(self, connector: Connector, bench: Bench) -> None:
        as_of = datetime.now(UTC).date()
        truth = bench.ledger(as_of)
        assert truth, "the connector has a ledger but the bench knows none"
        shown = {obj: _totals(connector, bench, obj, as_of) for obj in connector.objects}
        assert {obj: totals for obj, totals in shown.items() if totals} == {
            obj: dict(totals) for obj, totals in truth.items() if totals
        }

    @only_if(lambda cls: cls.can_block_payment)
    def test_a_block_lists_the_open_items_and_may_be_repeated(self, connector: Connector, bench: Bench) -> None:
        vendor = bench.blockable_vendor()
        blocked = connector.block_payment(vendor, company=bench.company, reason="bank details changed")
        again = connector.block_payment(vendor, company=bench.company, reason="bank details changed")
        assert blocked
        assert _ids(again) == _ids(blocked)
        assert all(isinstance(line, LedgerLine) and line.amount >= 0 for line in blocked)
        assert _ids(connector.release_payment(vendor, company=bench.company)) == _ids(blocked)

    @only_if(lambda cls: overrides(cls, "documents"))
    def test_a_file_arrives_byte_for_byte(self, connector: Connector, bench: Bench) -> None:
        kept = bench.document()
        assert kept is not None, "the connector reads files but the bench has none"
        obj, external_id, content = kept
        assert content in [f.content for f in connector.documents(obj, external_id, company=bench.company)]


class Noticing:
    """Notifications: only a genuine, fresh one signed with a secret in force is believed."""

    @only_if(lambda cls: overrides(cls, "webhook_events"))
    def test_a_genuine_notification_is_believed_with_either_secret(self, connector: Connector, bench: Bench) -> None:
        for secret in (OLD, NEW):
            sent = bench.notification(secret=secret, at=datetime.now(UTC))
            events = connector.webhook_events(sent.headers, sent.body, [OLD, NEW])
            assert events
            assert all(e.event_id and e.object in connector.objects and e.external_id for e in events)

    @only_if(lambda cls: overrides(cls, "webhook_events"))
    @pytest.mark.parametrize("minutes", [-10, 10])
    def test_a_stale_notification_is_refused(self, connector: Connector, bench: Bench, minutes: int) -> None:
        at = datetime.now(UTC) + timedelta(minutes=minutes)
        _refuses(connector, bench.notification(secret=OLD, at=at))

    @only_if(lambda cls: overrides(cls, "webhook_events"))
    def test_a_forged_notification_is_refused(self, connector: Connector, bench: Bench) -> None:
        genuine = bench.notification(secret=OLD, at=datetime.now(UTC))
        _refuses(connector, Delivery(genuine.headers, genuine.body + b" "))
        _refuses(connector, Delivery({}, genuine.body))
        _refuses(connector, Delivery(dict.fromkeys(genuine.headers, "x"), genuine.body))
        _refuses(connector, bench.notification(secret=OTHER, at=datetime.now(UTC)))
        with pytest.raises(DataRejected):
            connector.webhook_events(genuine.headers, genuine.body, [])


def _refuses(connector: Connector, delivery: Delivery) -> None:
    with pytest.raises(DataRejected):
        connector.webhook_events(delivery.headers, delivery.body, [OLD, NEW])


def _totals(connector: Connector, bench: Bench, obj: str, as_of: date) -> dict[tuple[str, str], tuple[int, Decimal]]:
    sums: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(list)
    try:
        for line in connector.ledger(obj, company=bench.company, as_of=as_of):
            assert line.object == obj
            assert line.company == bench.company
            assert line.amount >= 0, "the side says the sign"
            sums[line.currency, line.side].append(line.amount)
    except NotImplementedError:
        return {}
    return {key: (len(amounts), sum(amounts, Decimal())) for key, amounts in sums.items()}


def _ids(lines: object) -> set[str]:
    return {line.external_id for line in lines}  # type: ignore[attr-defined]
