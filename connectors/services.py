"""Verbs on connections. What a customer's live data depends on changes only with a second person's yes.

Longer than most files: every way in which a connection or its secrets can change stands here side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from connectors import tokens, vault
from connectors.base import Check
from connectors.breaker import SharedBreaker
from connectors.entering import checked_credentials, checked_settings
from connectors.errors import ConnectorError
from connectors.models import Connection, Credential, EntityBinding, WebhookSecret
from connectors.selectors import connector_class, open_row
from connectors.states import ConnectionState, Environment
from governance.models import ChangeRequest
from governance.services import record_audit, request_change
from tenancy.accounts.actors import Actor
from tenancy.accounts.selectors import require
from tenancy.clock import db_now
from tenancy.context import require_tenant
from tenancy.customers.models import Customer, Entity
from tenancy.history import signed

CHANGE_LIVE = "connection.change"
_live_uses: list[Callable[[UUID], bool]] = []


def register_live_use(uses: Callable[[UUID], bool]) -> Callable[[UUID], bool]:
    """Those who use connections say which of them live data depends on."""
    _live_uses.append(uses)
    return uses


def used_live(connection_id: UUID) -> bool:
    """Whether a change to the connection needs a second person."""
    return any(uses(connection_id) for uses in _live_uses)


# ------------------------------------------------------------------------------------------------- making, changing
@transaction.atomic
def create_connection(
    *,
    actor: Actor,
    customer: Customer,
    connector: str,
    label: str,
    settings: Mapping[str, str],
    credentials: Mapping[str, str],
    environment: str = Environment.PRODUCTION,
) -> Connection:
    """A connection, not tested yet; raises ValidationError that names the setting."""
    require(actor, "connections.manage", customer_id=customer.pk)
    cls = connector_class(connector)
    entered = checked_settings(cls, settings)
    secrets = checked_credentials(cls, credentials, complete=True)
    row = Connection(
        customer=customer,
        connector=connector,
        label=label,
        environment=environment,
        settings=entered,
        limit_key=cls.limit_key(entered),
    )
    row.full_clean()
    signed(row, actor_id=actor.id, reason="created").save()
    _store(row, secrets)
    _audit(actor, row, "connection.created", settings=entered, entered=sorted(secrets))
    return row


def change_settings(
    *, actor: Actor, connection_id: UUID, settings: Mapping[str, str], reason: str = ""
) -> ChangeRequest | None:
    """Other settings from now on; where live data depends on them, a request for a second person's yes."""
    return _change(actor, connection_id, settings, {}, reason)


def set_credentials(
    *, actor: Actor, connection_id: UUID, credentials: Mapping[str, str], reason: str = ""
) -> ChangeRequest | None:
    """Other credentials from now on; where live data depends on them, a request for a second person's yes."""
    return _change(actor, connection_id, {}, credentials, reason)


@transaction.atomic
def _change(
    actor: Actor, connection_id: UUID, settings: Mapping[str, str], credentials: Mapping[str, str], reason: str
) -> ChangeRequest | None:
    row = _locked(actor, connection_id)
    cls = connector_class(row.connector)
    entered = checked_settings(cls, {**row.settings, **settings})
    secrets = checked_credentials(cls, credentials, complete=False)
    if not used_live(row.pk):
        _apply(actor, row, entered, secrets)
        return None
    waiting = [_seal(row, name, text, waits=True) for name, text in secrets.items()]
    return request_change(
        actor=actor,
        kind=CHANGE_LIVE,
        subject_type="connection",
        subject_id=row.pk,
        customer_id=row.customer_id,
        payload={"settings": entered, "credentials": [str(credential.pk) for credential in waiting]},
        shown=shown(row, entered, sorted(secrets)),
        reason=reason,
    )


def shown(row: Connection, entered: Mapping[str, str], secrets: list[str]) -> dict[str, Any]:
    """What a decider sees of a change: settings before and after, which secrets are new, never what they are."""
    changed = {name: [row.settings.get(name, ""), text] for name, text in entered.items()}
    return {
        "connection": row.label,
        "settings": {name: pair for name, pair in changed.items() if pair[0] != pair[1]},
        "new secrets": secrets,
    }


@transaction.atomic
def apply_change(*, actor: Actor, change: ChangeRequest) -> None:
    """What was asked for takes effect; called by the decision."""
    row = Connection.objects.select_for_update().get(pk=change.subject_id)
    waiting = list(Credential.objects.filter(pk__in=change.payload["credentials"], waits=True))
    secrets = {credential.name: vault.take(credential, credential.name) for credential in waiting}
    _apply(actor, row, change.payload["settings"], secrets)


def _apply(actor: Actor, row: Connection, entered: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    row.settings = dict(entered)
    row.limit_key = connector_class(row.connector).limit_key(entered)
    if row.state != ConnectionState.DISABLED:
        row.state, row.sentence = ConnectionState.UNTESTED, ""
    signed(row, actor_id=actor.id, reason="settings or credentials changed").save()
    Credential.objects.filter(connection=row, waits=True).delete()
    _store(row, secrets)
    _audit(actor, row, "connection.changed", settings=dict(entered), entered=sorted(secrets))


def _store(row: Connection, secrets: Mapping[str, str]) -> None:
    Credential.objects.filter(connection=row, name__in=secrets, waits=False).delete()
    for name, text in secrets.items():
        _seal(row, name, text, waits=False)
    schema, connection_id = require_tenant(), row.pk
    transaction.on_commit(lambda: tokens.forget(schema, connection_id))


def _seal(row: Connection, name: str, text: str, *, waits: bool) -> Credential:
    credential = Credential(connection=row, name=name, waits=waits)
    vault.put(credential, name, text)
    credential.save()
    return credential


# ------------------------------------------------------------------------------------------------ testing, switching
def test_connection(*, actor: Actor, connection_id: UUID) -> Check:
    """Speaks to the system without writing there, outside any transaction; a pass lets the connection send again."""
    row = Connection.objects.get(pk=connection_id)
    require(actor, "connections.manage", customer_id=row.customer_id)
    row.state = ConnectionState.UNTESTED
    SharedBreaker(require_tenant(), row.limit_key).invite()
    try:
        check = open_row(row).check()
    except (ConnectorError, vault.VaultError) as error:
        check = Check(ok=False, sentence=str(error), detail=getattr(error, "detail", ""))
    _keep(row.pk, check)
    return check


test_connection.__test__ = False  # type: ignore[attr-defined]  # its name is a verb, not a pytest test


@transaction.atomic
def _keep(connection_id: UUID, check: Check) -> None:
    row = Connection.objects.select_for_update().get(pk=connection_id)
    if row.state != ConnectionState.DISABLED:
        row.state = ConnectionState.WORKING if check.ok else ConnectionState.NEEDS_PERSON
    row.sentence, row.checked_at = check.sentence, db_now()
    row.save(update_fields=["state", "sentence", "checked_at"])


@transaction.atomic
def disable(*, actor: Actor, connection_id: UUID) -> None:
    """Nothing is sent through it any more."""
    _switch(actor, connection_id, ConnectionState.DISABLED, "connection.disabled")


@transaction.atomic
def enable(*, actor: Actor, connection_id: UUID) -> None:
    """It may send again."""
    _switch(actor, connection_id, ConnectionState.UNTESTED, "connection.enabled")


def _switch(actor: Actor, connection_id: UUID, state: str, action: str) -> None:
    row = _locked(actor, connection_id)
    row.state = state
    signed(row, actor_id=actor.id, reason=action).save()
    _audit(actor, row, action)


# ------------------------------------------------------------------------------------------- entities, notifications
@transaction.atomic
def bind_entity(*, actor: Actor, connection_id: UUID, entity: Entity, external_company: str) -> EntityBinding:
    """Says what the connected system calls an entity, anew where it was said before."""
    row = _locked(actor, connection_id)
    if entity.customer_id != row.customer_id:
        raise ValidationError({"entity": f"{entity} does not belong to the customer of this connection."})
    binding = EntityBinding.objects.filter(connection=row, entity=entity).first()
    binding = binding or EntityBinding(connection=row, entity=entity)
    binding.external_company = external_company
    binding.full_clean()
    signed(binding, actor_id=actor.id).save()
    _audit(actor, row, "connection.entity_bound", entity=entity.code, external_company=external_company)
    return binding


@transaction.atomic
def add_webhook_secret(*, actor: Actor, connection_id: UUID, secret: str) -> WebhookSecret:
    """From now on notifications signed with it are believed, beside those signed with the older ones."""
    row = _locked(actor, connection_id)
    if not secret.strip():
        raise ValidationError({"secret": "Enter the secret that the system signs its notifications with."})
    stored = WebhookSecret(connection=row)
    vault.put(stored, vault.WEBHOOK, secret)
    stored.save()
    _audit(actor, row, "connection.webhook_secret_added", added=str(stored.pk))
    return stored


@transaction.atomic
def retire_webhook_secret(*, actor: Actor, webhook_secret_id: UUID) -> None:
    """Notifications signed with it are refused from now on."""
    stored = WebhookSecret.objects.get(pk=webhook_secret_id)
    row = _locked(actor, stored.connection_id)
    stored.retired_at = db_now()
    stored.save(update_fields=["retired_at"])
    _audit(actor, row, "connection.webhook_secret_retired", retired=str(stored.pk))


def rotate_master_key(*, actor: Actor) -> int:
    """Puts this partner's data keys under the first configured master key; returns how many."""
    with transaction.atomic():
        count = vault.rewrap()
        record_audit(
            actor=actor, action="keys.rewrapped", object_type="keys", object_id=require_tenant(), data={"count": count}
        )
    return count


def renew_data_key(*, actor: Actor) -> int:
    """Seals every secret of this partner under a new data key; returns how many."""
    with transaction.atomic():
        count = vault.renew_data_key()
        record_audit(
            actor=actor, action="keys.renewed", object_type="keys", object_id=require_tenant(), data={"count": count}
        )
    return count


def _locked(actor: Actor, connection_id: UUID) -> Connection:
    row = Connection.objects.select_for_update().get(pk=connection_id)
    require(actor, "connections.manage", customer_id=row.customer_id)
    return row


def _audit(actor: Actor, row: Connection, action: str, **data: Any) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_type="connection",
        object_id=row.pk,
        customer_id=row.customer_id,
        data={"connection": row.label, **data},
    )
