"""Connections as others need them: listed, or opened and ready to speak to their system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from connectors import vault
from connectors.auth import AccessToken, OAuth2ClientCredentials
from connectors.base import Connector, registered
from connectors.breaker import SharedBreaker
from connectors.errors import Fatal
from connectors.gate import Gate, GatedClient
from connectors.guard import Guard
from connectors.http import HttpClient
from connectors.limits import Bucket
from connectors.models import Connection, Credential, WebhookSecret
from connectors.opening import NoClient, authenticator
from connectors.tokens import SharedTokens
from connectors.traffic import BeforeSend, Observer
from tenancy.context import require_tenant


def external_company(connection_id: UUID, entity_id: UUID) -> str | None:
    """What the connected system calls an entity; None where it is not bound."""
    bound = Connection.objects.filter(pk=connection_id, bindings__entity_id=entity_id)
    return bound.values_list("bindings__external_company", flat=True).first()


def connector_class(key: str) -> type[Connector]:
    """The registered connector; raises Fatal for one this installation does not have."""
    try:
        return registered()[key]
    except KeyError:
        raise Fatal(f"This installation has no connector called {key!r}.") from None


def outbound_guard() -> Guard:
    """Which addresses may be called here: systems on this machine never in production, unless settings say so."""
    return Guard(allow_loopback=getattr(settings, "CONNECTORS_ALLOW_LOOPBACK", not settings.PRODUCTION))


def open_connector(
    connection_id: UUID | str, *, before_send: Sequence[BeforeSend] = (), observers: Sequence[Observer] = ()
) -> Connector:
    """A connector ready to use from any thread: its limit, breaker and credentials are those all workers share.

    Opening sends nothing. `before_send` hooks run last, right before a request leaves, after any wait for the limit.
    """
    return open_row(Connection.objects.get(pk=connection_id), before_send=before_send, observers=observers)


def open_row(
    row: Connection, *, before_send: Sequence[BeforeSend] = (), observers: Sequence[Observer] = ()
) -> Connector:
    """Like `open_connector`, for a row in hand (whose `state` decides whether it may send)."""
    cls = connector_class(row.connector)
    values = {**{s.name: s.default for s in cls.settings}, **row.settings, **_secrets(row)}
    if not cls.base_url_setting:
        return cls(NoClient(), values)
    gate = _gate(row, cls, urlsplit(values[cls.base_url_setting]).netloc)
    http = _client(values[cls.base_url_setting], cls.limit.concurrency)
    http.auth = authenticator(cls.auth(values), _client, _tokens_of(row))
    http.before_send = [gate.before, *before_send]
    http.observers = [gate.after, *observers]
    return cls(GatedClient(http, gate), values)


def webhook_secrets(connection_id: UUID | str) -> list[str]:
    """The secrets in force, newest first."""
    rows = WebhookSecret.objects.filter(connection=connection_id, retired_at=None)
    return [vault.take(row, vault.WEBHOOK) for row in rows]


def _secrets(row: Connection) -> Mapping[str, str]:
    in_force = Credential.objects.filter(connection=row, waits=False)
    return {credential.name: vault.take(credential, credential.name) for credential in in_force}


def _client(url: str, connections: int = 2) -> HttpClient:
    bundle = getattr(settings, "CONNECTORS_CA_BUNDLE", "") or True
    return HttpClient(url, guard=outbound_guard(), ca_bundle=bundle, connections=connections)


def _gate(row: Connection, cls: type[Connector], name: str) -> Gate:
    schema = require_tenant()
    bucket = Bucket(schema, row.limit_key, cls.limit, name)
    breaker = SharedBreaker(schema, row.limit_key, name)
    return Gate(schema, row.pk, row.label, row.state, row.sentence, bucket, breaker)


def _tokens_of(
    row: Connection,
) -> Callable[[OAuth2ClientCredentials, Callable[[], AccessToken]], SharedTokens]:
    schema, connection_id = require_tenant(), row.pk
    return lambda _, fetch: SharedTokens(schema, connection_id, vault.key_in_force(), fetch)
