from __future__ import annotations

import base64
import os
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from connectors import vault
from connectors.models import Connection, Credential, DataKey
from connectors.vault import VaultError
from tenancy.context import tenant_context
from tenancy.customers.models import Customer

SECRET = "sk_live_Zürich-0123456789"


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    vault._unwrapped.cache_clear()
    yield
    vault._unwrapped.cache_clear()


@pytest.fixture
def row(tenant) -> Connection:
    customer = Customer.objects.create(code="acme", name="Acme")
    return Connection.objects.create(customer=customer, connector="toy", label="Toy", limit_key="toy")


def sealed(row: Connection, name: str = "token", text: str = SECRET) -> Credential:
    credential = Credential(connection=row, name=name)
    vault.put(credential, name, text)
    credential.save()
    return Credential.objects.get(pk=credential.pk)


def test_a_secret_comes_back_as_it_was_put(row):
    assert vault.take(sealed(row), "token") == SECRET


def test_the_same_secret_never_looks_the_same(row):
    assert bytes(sealed(row, "one").ciphertext) != bytes(sealed(row, "two").ciphertext)


def test_every_altered_byte_is_noticed(row):
    credential = sealed(row)
    whole = bytes(credential.ciphertext)
    for place in range(len(whole)):
        credential.ciphertext = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        with pytest.raises(VaultError, match="altered or moved"):
            vault.take(credential, "token")


@pytest.mark.parametrize("cut", [0, 1, 11, 12, 27])
def test_a_cut_secret_is_noticed(row, cut):
    credential = sealed(row)
    credential.ciphertext = bytes(credential.ciphertext)[:cut]
    with pytest.raises(VaultError):
        vault.take(credential, "token")


def test_secrets_swapped_between_rows_fields_or_models_do_not_open(row):
    one, two = sealed(row, "user"), sealed(row, "password")
    one.ciphertext, two.ciphertext = two.ciphertext, one.ciphertext
    for credential in (one, two):
        with pytest.raises(VaultError):
            vault.take(credential, credential.name)
    again = sealed(row, "third")
    with pytest.raises(VaultError):
        vault.take(again, "fourth")
    key = vault.key_named(again.data_key_id)
    with pytest.raises(VaultError):
        key.open(again.ciphertext, model="connectors.WebhookSecret", row=again.pk, name="third")


def test_a_secret_and_its_key_copied_to_another_partner_do_not_open(row, other_tenant):
    credential = sealed(row)
    wrapped = bytes(DataKey.objects.get(pk=credential.data_key_id).wrapped)
    with tenant_context("tb"):
        stolen = DataKey.objects.create(wrapped=wrapped)
        with pytest.raises(VaultError, match="another partner"):
            vault.key_named(stolen.pk)
        stolen.delete()
        own = vault.key_in_force()
        with pytest.raises(VaultError):
            own.open(credential.ciphertext, model="connectors.Credential", row=credential.pk, name="token")


def test_partners_have_different_data_keys(tenant, other_tenant):
    here = vault.key_in_force()
    with tenant_context("tb"):
        assert vault.key_in_force().secret != here.secret
    assert vault.key_in_force() == here


def test_without_the_master_key_nothing_opens_and_the_sentence_says_so(row, settings):
    credential = sealed(row)
    vault._unwrapped.cache_clear()
    settings.MASTER_KEYS = {"other": os.urandom(32)}
    with pytest.raises(VaultError, match="master key"):
        vault.take(credential, "token")
    settings.MASTER_KEYS = {}
    with pytest.raises(VaultError, match="PORTAL_MASTER_KEYS"):
        vault.take(credential, "token")


def test_after_a_rotation_the_old_master_key_may_be_forgotten(row, settings):
    credential = sealed(row)
    [(old_name, old)], new = list(settings.MASTER_KEYS.items()), os.urandom(32)
    settings.MASTER_KEYS = {"new": new, old_name: old}
    assert vault.take(credential, "token") == SECRET
    assert vault.rewrap() == 1
    vault._unwrapped.cache_clear()
    settings.MASTER_KEYS = {"new": new}
    assert vault.take(credential, "token") == SECRET
    vault._unwrapped.cache_clear()
    settings.MASTER_KEYS = {old_name: old}
    with pytest.raises(VaultError):
        vault.take(credential, "token")


def test_a_new_data_key_seals_every_secret_anew(row):
    before = {name: sealed(row, name, f"{name} {SECRET}") for name in ("user", "password")}
    assert vault.renew_data_key() == 2
    for name, old in before.items():
        now = Credential.objects.get(pk=old.pk)
        assert now.data_key_id != old.data_key_id
        assert bytes(now.ciphertext) != bytes(old.ciphertext)
        assert vault.take(now, name) == f"{name} {SECRET}"
    assert DataKey.objects.filter(retired_at=None).count() == 1


def test_nothing_that_prints_shows_a_secret(row):
    credential = sealed(row)
    shown = repr(credential) + str(credential) + repr(vault.key_in_force()) + repr(vars(credential))
    assert SECRET not in shown
    assert base64.b64encode(vault.key_in_force().secret).decode() not in shown


def test_the_secret_is_nowhere_in_the_database(row):
    sealed(row)
    plain = SECRET.encode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'ta'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM ta."{table}" t')
            for (text,) in cursor.fetchall():
                assert SECRET not in text
                assert plain.hex() not in text


def test_two_partners_first_secrets_at_once_make_one_key_each(row):
    first, second = vault.key_in_force(), vault.key_in_force()
    assert first.id == second.id
    assert DataKey.objects.count() == 1


def test_the_operator_rotates_every_partners_keys(row, settings, capsys):
    credential = sealed(row)
    settings.MASTER_KEYS = {"new": os.urandom(32), **settings.MASTER_KEYS}
    call_command("rotate_keys", "--new-data-keys")
    assert "ta: 2 data keys under the first master key, 1 secrets sealed anew" in capsys.readouterr().out
    vault._unwrapped.cache_clear()
    settings.MASTER_KEYS = {"new": settings.MASTER_KEYS["new"]}
    assert vault.take(Credential.objects.get(pk=credential.pk), "token") == SECRET
