from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, transaction

from connectors import base, services, side
from connectors.errors import AuthenticationFailed, Fatal, RateLimited, Retryable
from connectors.gate import InsideTransaction
from connectors.models import Connection, Credential, EntityBinding
from connectors.selectors import external_company, open_connector, webhook_secrets
from connectors.traffic import Outgoing, Sent
from governance.models import AuditEntry, ChangeRequest
from governance.services import decide
from tenancy.customers.models import Customer, Entity
from tests.connectors.servers import BadServer, Request, bad_server
from tests.connectors.toy import Toy

SECRET = "hush-hush-42"


@pytest.fixture(autouse=True)
def _toy_is_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(base, "_registry", {**base.registered(), "toy": Toy})
    yield
    side.close()


@pytest.fixture
def customer(home) -> Customer:
    return Customer.objects.create(code="acme", name="Acme")


@pytest.fixture
def server() -> Iterator[BadServer]:
    with bad_server() as world:
        world.behave["/things"] = lambda r: r.reply()
        yield world


@pytest.fixture
def make(customer, actor, server) -> Callable[..., Connection]:
    def make(label: str = "Toy", token: str = SECRET, **settings: str) -> Connection:
        return services.create_connection(
            actor=actor,
            customer=customer,
            connector="toy",
            label=label,
            settings={"base_url": server.url, **settings},
            credentials={"token": token},
        )

    return make


def read(connection: Connection, **how: Any) -> None:
    open_connector(connection.pk, **how).read("vendor", company="1", cursor=None, limit=5)


def state(connection: Connection) -> str:
    return Connection.objects.get(pk=connection.pk).state


# -------------------------------------------------------------------------------------------------- entering
@pytest.mark.usefixtures("tenant")
class TestEntering:
    def test_a_connection_is_stored_without_its_secret(self, make):
        row = Connection.objects.get(pk=make().pk)
        assert SECRET not in str(row.settings)
        assert row.limit_key.startswith("toy:http://localhost")
        assert row.state == "untested"
        assert Credential.objects.get(connection=row).name == "token"

    @pytest.mark.parametrize(
        ("settings", "credentials", "field", "sentence"),
        [
            ({"base_url": ""}, {"token": "x"}, "base_url", "Enter the Address."),
            ({"base_url": "ftp://x"}, {"token": "x"}, "base_url", "is not a web address"),
            ({"base_url": "https://x", "flavour": "salty"}, {"token": "x"}, "flavour", "Choose one of sweet, sour."),
            ({"base_url": "https://x", "colour": "red"}, {"token": "x"}, "colour", "no setting called colour"),
            ({"base_url": "https://x", "token": "x"}, {"token": "x"}, "token", "no setting called token here"),
            ({"base_url": "https://x"}, {}, "token", "Enter the Token."),
            ({"base_url": "https://x"}, {"token": "  "}, "token", "Enter the Token."),
            ({"base_url": "https://x"}, {"token": "x", "base_url": "y"}, "base_url", "no setting called"),
            ({"base_url": "https://x" + "y" * 4000}, {"token": "x"}, "base_url", "longer than 4000"),
        ],
    )
    def test_what_is_wrong_is_named(self, actor, customer, settings, credentials, field, sentence):
        with pytest.raises(ValidationError) as caught:
            services.create_connection(
                actor=actor,
                customer=customer,
                connector="toy",
                label="Toy",
                settings=settings,
                credentials=credentials,
            )
        assert sentence in caught.value.message_dict[field][0]
        assert not Connection.objects.exists()

    def test_in_production_only_https_will_do(self, make, settings):
        settings.CONNECTORS_ALLOW_LOOPBACK = False
        with pytest.raises(ValidationError, match="must start with https"):
            make()

    def test_an_unknown_connector_is_said_to_be_unknown(self, actor, customer):
        with pytest.raises(Fatal, match="no connector called 'nope'"):
            services.create_connection(
                actor=actor, customer=customer, connector="nope", label="x", settings={}, credentials={}
            )

    def test_a_clerk_may_not_make_or_change_connections(self, make, actor_with, customer):
        clerk, row = actor_with("clerk"), make()
        for act in (
            lambda: services.set_credentials(actor=clerk, connection_id=row.pk, credentials={"token": "x"}),
            lambda: services.disable(actor=clerk, connection_id=row.pk),
            lambda: services.test_connection(actor=clerk, connection_id=row.pk),
            lambda: services.add_webhook_secret(actor=clerk, connection_id=row.pk, secret="x"),
        ):
            with pytest.raises(PermissionDenied):
                act()

    def test_no_trace_that_people_read_shows_a_secret(self, make, actor, caplog):
        caplog.set_level(logging.DEBUG)
        row = make()
        services.set_credentials(actor=actor, connection_id=row.pk, credentials={"token": f"new-{SECRET}"})
        services.test_connection(actor=actor, connection_id=row.pk)
        connector = open_connector(row.pk)
        traces = [repr(connector.client), caplog.text, repr(row), str(list(row.history.values()))]
        traces += [str(entry) for entry in AuditEntry.objects.values()]
        assert SECRET not in "".join(traces)
        assert AuditEntry.objects.count() >= 2

    def test_a_changed_setting_keeps_the_others_and_their_secret(self, make, actor, server):
        row = make(flavour="sweet")
        services.change_settings(actor=actor, connection_id=row.pk, settings={"flavour": "sour"})
        row.refresh_from_db()
        assert row.settings["flavour"] == "sour"
        assert row.settings["base_url"] == server.url
        read(row)
        assert server.seen[0].headers["Authorization"] == f"Bearer {SECRET}"

    def test_an_entity_is_bound_to_what_the_system_calls_it(self, make, actor, customer):
        row = make()
        entity = Entity.objects.create(customer=customer, code="us", name="Acme US", functional_currency="USD")
        services.bind_entity(actor=actor, connection_id=row.pk, entity=entity, external_company="1")
        services.bind_entity(actor=actor, connection_id=row.pk, entity=entity, external_company="2")
        assert external_company(row.pk, entity.pk) == "2"
        assert EntityBinding.objects.get().history.count() == 2

    def test_an_entity_of_another_customer_is_refused(self, make, actor):
        other = Customer.objects.create(code="other", name="Other")
        entity = Entity.objects.create(customer=other, code="x", name="X", functional_currency="EUR")
        with pytest.raises(ValidationError, match="does not belong"):
            services.bind_entity(actor=actor, connection_id=make().pk, entity=entity, external_company="1")

    def test_webhook_secrets_hold_side_by_side_until_retired(self, make, actor):
        row = make()
        old = services.add_webhook_secret(actor=actor, connection_id=row.pk, secret="old")
        services.add_webhook_secret(actor=actor, connection_id=row.pk, secret="new")
        assert sorted(webhook_secrets(row.pk)) == ["new", "old"]
        services.retire_webhook_secret(actor=actor, webhook_secret_id=old.pk)
        assert webhook_secrets(row.pk) == ["new"]


# -------------------------------------------------------------------------------------------------- a second person
@pytest.mark.usefixtures("tenant")
class TestLiveConnections:
    @pytest.fixture(autouse=True)
    def _live(self, monkeypatch):
        monkeypatch.setattr(services, "_live_uses", [lambda connection_id: True])

    @pytest.fixture
    def asked(self, make, actor) -> tuple[Connection, ChangeRequest]:
        row = make()
        change = services.set_credentials(
            actor=actor, connection_id=row.pk, credentials={"token": "next-token"}, reason="expired"
        )
        return row, change

    def test_new_credentials_wait_for_a_yes_and_are_not_shown(self, asked, server):
        row, change = asked
        read(row)
        assert server.seen[-1].headers["Authorization"] == f"Bearer {SECRET}"
        assert "next-token" not in str(change.payload) + str(change.shown)
        assert change.shown["new secrets"] == ["token"]

    def test_after_a_second_persons_yes_they_are_in_force(self, asked, actor_with, server):
        row, change = asked
        decide(
            actor=actor_with("approver"),
            change_request_id=change.pk,
            approve=True,
            shown_digest=change.shown_digest,
        )
        read(row)
        assert server.seen[-1].headers["Authorization"] == "Bearer next-token"
        assert Credential.objects.count() == 1

    def test_the_author_cannot_say_yes(self, asked, actor):
        row, change = asked
        with pytest.raises(PermissionDenied):
            decide(actor=actor, change_request_id=change.pk, approve=True, shown_digest=change.shown_digest)
        assert Credential.objects.filter(connection=row, waits=True).count() == 1

    def test_a_newer_request_leaves_the_older_one_without_effect(self, asked, actor, actor_with, server):
        row, _ = asked
        newer = services.change_settings(actor=actor, connection_id=row.pk, settings={"flavour": "sour"})
        decide(actor=actor_with("approver"), change_request_id=newer.pk, approve=True, shown_digest=newer.shown_digest)
        row.refresh_from_db()
        assert row.settings["flavour"] == "sour"
        read(row)
        assert server.seen[-1].headers["Authorization"] == f"Bearer {SECRET}"


# ---------------------------------------------------------------------------------------------------- using
@pytest.mark.usefixtures("transactional_tenant")
class TestUsing:
    def test_a_test_that_passes_makes_it_work(self, make, actor):
        row = make()
        check = services.test_connection(actor=actor, connection_id=row.pk)
        assert check.ok
        assert state(row) == "working"
        assert Connection.objects.get(pk=row.pk).sentence == "The toy answers."

    def test_refused_credentials_stop_it_for_everybody_until_they_are_mended(self, make, actor, server):
        row = make()
        running = open_connector(row.pk)
        server.behave["/things"] = lambda r: r.reply(status=401)
        with pytest.raises(AuthenticationFailed):
            read(row)
        assert state(row) == "needs_person"
        with pytest.raises(AuthenticationFailed, match="Enter them again"):
            read(row)
        assert len(server.seen) == 1
        server.behave["/things"] = lambda r: r.reply()
        services.set_credentials(actor=actor, connection_id=row.pk, credentials={"token": "mended"})
        assert services.test_connection(actor=actor, connection_id=row.pk).ok
        read(row)
        assert state(row) == "working"
        running.read("vendor", company="1", cursor=None, limit=5)

    def test_a_failed_test_says_why(self, make, actor, server):
        row = make()
        server.behave["/things"] = lambda r: r.reply(b"<html>", kind="text/html", status=500)
        check = services.test_connection(actor=actor, connection_id=row.pk)
        assert not check.ok
        assert check.sentence == f"localhost:{server.port} failed with error 500."
        assert state(row) == "needs_person"

    def test_a_connection_that_is_switched_off_sends_nothing(self, make, actor, server):
        row = make()
        services.disable(actor=actor, connection_id=row.pk)
        with pytest.raises(Fatal, match="switched off"):
            read(row)
        services.enable(actor=actor, connection_id=row.pk)
        read(row)
        assert len(server.seen) == 1

    def test_a_request_inside_a_transaction_is_refused(self, make, server):
        row = make()
        with pytest.raises(InsideTransaction), transaction.atomic():
            read(row)
        assert server.seen == []

    def test_without_the_database_nothing_is_sent_and_nothing_is_uncertain(self, make, server, monkeypatch):
        connector = open_connector(make().pk)
        monkeypatch.setattr(side, "_execute", lambda *_: (_ for _ in ()).throw(OperationalError("gone")))
        with pytest.raises(Retryable, match="database cannot be reached. Nothing was sent"):
            connector.client.request("POST", "/things", json={}, writes=True)
        assert server.seen == []

    def test_connections_to_one_vendor_account_pause_together(self, make, server):
        first, second = make("First"), make("Second")
        server.behave["/things"] = lambda r: r.reply(status=429, Retry_After="20")
        with pytest.raises(RateLimited):
            read(first)
        with pytest.raises(RateLimited, match="allows the next request in"):
            read(second)
        assert len(server.seen) == 1

    def test_a_system_that_keeps_failing_is_left_alone(self, make, server):
        row = make()
        server.behave["/things"] = Request.drop
        for _ in range(5):
            with pytest.raises(Retryable, match="broke off"):
                read(row)
        with pytest.raises(Retryable, match="5 times in a row"):
            read(row)
        assert len(server.seen) == 5

    def test_a_person_who_tests_does_not_wait_for_the_breaker(self, make, actor, server):
        row = make()
        server.behave["/things"] = Request.drop
        for _ in range(6):
            with pytest.raises(Retryable):
                read(row)
        server.behave["/things"] = lambda r: r.reply()
        assert services.test_connection(actor=actor, connection_id=row.pk).ok
        read(row)

    def test_the_callers_hooks_see_each_request_right_before_it_leaves(self, make, server):
        seen: list[Any] = []
        read(make(), before_send=[seen.append], observers=[seen.append])
        assert [type(event) for event in seen] == [Outgoing, Sent]

    def test_threads_without_a_tenant_send_through_it(self, make, server):
        connector, failures = open_connector(make().pk), []

        def send() -> None:
            try:
                connector.read("vendor", company="1", cursor=None, limit=5)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(server.seen) == 8

    def test_no_more_requests_are_under_way_than_the_vendor_allows(self, make, server):
        now, most, lock = [0], [0], threading.Lock()

        def slow(request: Request) -> None:
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.05)
            with lock:
                now[0] -= 1
            request.reply()

        server.behave["/things"] = slow
        connector = open_connector(make().pk)
        threads = [
            threading.Thread(target=lambda: connector.read("vendor", company="1", cursor=None, limit=5))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most[0] == Toy.limit.concurrency

    def test_an_access_token_is_shared_and_renewed_when_credentials_change(self, make, actor, server):
        issued: list[str] = []

        def issue(request: Request) -> None:
            issued.append(request.headers["Authorization"])
            request.reply(f'{{"access_token": "t{len(issued)}", "expires_in": 600}}'.encode())

        server.behave["/token"] = issue
        row = make(client_id="me")
        read(row)
        read(row)
        assert len(issued) == 1
        services.set_credentials(actor=actor, connection_id=row.pk, credentials={"token": "other"})
        read(row)
        assert [s.headers["Authorization"] for s in server.seen if s.path == "/things"][-1] == "Bearer t2"

    def test_a_wrong_client_secret_stops_the_connection(self, make, server):
        server.behave["/token"] = lambda r: r.reply(b'{"error": "invalid_client"}', 401)
        row = make(client_id="me")
        with pytest.raises(AuthenticationFailed):
            read(row)
        assert state(row) == "needs_person"
