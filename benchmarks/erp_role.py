"""The stand-in AP service in the role of an ERP: it owns its vendors. Everything else is the product's connector."""

from __future__ import annotations

from typing import Any, ClassVar

from connectors.base import register
from connectors.catalog.ap_sandbox import ApSandbox


@register
class StandInErp(ApSandbox):
    """Read over the same HTTP interface by the same code."""

    key: ClassVar[str] = "bench_erp"
    label: ClassVar[str] = "Stand-in as an ERP"
    role: ClassVar[Any] = "erp"
