"""A real ERP (Tryton) as its own process, in its own virtual environment, for the demo, the story and the tests.

The product speaks to it over HTTP only; nothing here is imported by the product.
"""

from __future__ import annotations

from demo.erp.facts import ErpFacts, ErpUnavailable
from demo.erp.install import ensure
from demo.erp.server import ErpServer, start

__all__ = ["ErpFacts", "ErpServer", "ErpUnavailable", "ensure", "start"]
