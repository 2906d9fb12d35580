"""Every connector against its system: one line each."""

from __future__ import annotations

import connectors.testing.twin  # noqa: F401  registers the twins
from connectors import catalog
from connectors.testing.conformance import suite, uncovered
from tests.connectors.bench_ap_sandbox import ap_sandbox_bench
from tests.connectors.bench_tryton import tryton_bench
from tests.connectors.bench_twin import twin_bench

catalog.load()

TestTwinErp = suite("twin_erp", twin_bench)
TestTwinAp = suite("twin_ap", twin_bench)
TestApSandbox = suite("ap_sandbox", ap_sandbox_bench)
TestTryton = suite("tryton", tryton_bench)


def test_every_connector_has_a_suite() -> None:
    assert uncovered() == set()
