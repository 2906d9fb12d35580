"""Conformance of failing: whatever goes wrong arrives as the error that says what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from connectors.base import Connector, ObjectSpec
from connectors.errors import (
    AuthenticationFailed,
    ConnectorError,
    ContractBroken,
    RateLimited,
    Retryable,
    Uncertain,
)
from connectors.guard import Guard
from connectors.opening import open_directly
from connectors.testing.bench import Bench
from connectors.testing.choosing import each, eventually, new_reference, searchable
from connectors.testing.proxy import Mischief, Proxy, proxy_to
from connectors.traffic import Caps


def opened(cls: type[Connector], bench: Bench, **changed: str) -> Connector:
    """A connector to the system under test, with some settings changed."""
    settings = {**bench.settings, **changed}
    return open_directly(cls, settings, guard=Guard(allow_loopback=True), caps=Caps(total_seconds=60, read_seconds=60))


class Failing:
    """For every connector."""

    connector_class: ClassVar[type[Connector]]

    def test_a_connection_that_works_says_so(self, connector: Connector, bench: Bench) -> None:
        check = connector.check()
        assert check.ok, check
        assert check.sentence.endswith(".")
        assert bench.company in {company.external_id for company in connector.companies()}

    def test_wrong_credentials_stop_the_connection(self, bench: Bench) -> None:
        connector = opened(self.connector_class, bench, **bench.wrong_credentials)
        name = next(spec.name for spec in connector.objects.values() if spec.readable)
        with pytest.raises(AuthenticationFailed):
            connector.read(name, company=bench.company, cursor=None, limit=5)
        assert not _passes(connector), "the check passed with wrong credentials"


def _passes(connector: Connector) -> bool:
    """A check that fails may say so or raise."""
    try:
        return connector.check().ok
    except ConnectorError:
        return False


class FailingOverHttp:
    """For connectors that have a base URL; a proxy between them and the real system does the mischief."""

    connector_class: ClassVar[type[Connector]]

    @pytest.fixture
    def proxy(self, bench: Bench) -> Iterator[Proxy]:
        with proxy_to(bench.settings[self.connector_class.base_url_setting]) as proxy:
            yield proxy

    @pytest.fixture
    def proxied(self, bench: Bench, proxy: Proxy) -> Connector:
        """Reaches the system through the proxy and has its token already."""
        connector = opened(self.connector_class, bench, **{self.connector_class.base_url_setting: proxy.url})
        assert connector.check().ok
        return connector

    def test_an_unknown_host_is_named(self, bench: Bench) -> None:
        url = {self.connector_class.base_url_setting: "https://no-such-host.invalid"}
        connector = opened(self.connector_class, bench, **url)
        name = next(spec.name for spec in connector.objects.values() if spec.readable)
        with pytest.raises(Retryable, match="no-such-host.invalid is unknown"):
            connector.read(name, company=bench.company, cursor=None, limit=5)

    @pytest.mark.parametrize(
        ("mischief", "error"),
        [
            ("drop", Retryable),
            ("error", Retryable),
            ("html", ContractBroken),
            ("truncated", ContractBroken),
            ("slow down", RateLimited),
        ],
    )
    @each(lambda spec: spec.readable)
    def test_a_read_that_fails_says_what_to_do_next(
        self,
        bench: Bench,
        proxied: Connector,
        proxy: Proxy,
        spec: ObjectSpec,
        mischief: Mischief,
        error: type[ConnectorError],
    ) -> None:
        proxy.mischief = mischief
        with pytest.raises(error) as caught:
            proxied.read(spec.name, company=bench.company, cursor=None, limit=5)
        assert caught.value.sentence.endswith(".")
        if isinstance(caught.value, RateLimited):
            assert caught.value.after_seconds == 7

    @pytest.mark.parametrize(
        ("mischief", "applied"), [("drop before", False), ("drop after", True), ("error after", True)]
    )
    @each(searchable)
    def test_a_write_whose_answer_is_lost_is_uncertain_and_settled_by_a_search(
        self,
        bench: Bench,
        proxied: Connector,
        proxy: Proxy,
        spec: ObjectSpec,
        mischief: Mischief,
        applied: bool,
    ) -> None:
        reference, body = new_reference(spec.reference), bench.create_body(spec.name)
        proxy.mischief = mischief
        with pytest.raises(Uncertain):
            proxied.perform(spec.name, spec.creates[0], company=bench.company, body=body, reference=reference)
        proxy.mischief = ""
        wait = proxied.settle_seconds if applied else 0
        found = eventually(lambda: proxied.search(spec.name, reference, company=bench.company), wait)
        assert len(found) == int(applied)
