"""What a newcomer is told in the end: addresses, logins, and what to try."""

from __future__ import annotations

import os
from pathlib import Path

from demo.erp import ErpFacts
from demo.partners import PARTNERS, PASSWORD


def what_to_try(ap_url: str, erp_url: str, web: str, facts: ErpFacts, samples: list[Path]) -> str:
    """The closing list."""
    first = PARTNERS[0]
    drafted = facts.data["orders"]["brightwater"]["number"]
    return f"""
Where things are
{chr(10).join(f"  {p.name:24} http://{p.slug}.localhost:{web}/" for p in PARTNERS)}
  {"AP service (stand-in)":24} {ap_url}/
  {"ERP (Tryton, REST/RPC)":24} {erp_url}/  database {facts.database}

Who can sign in
  at the partners           owner@{first.slug}.example, engineer@…, approver@…, clerk@…, controller@…, viewer@…
                            password of everybody: {PASSWORD}
  at the AP service         nobody has to: choose on the page whom you act as
  at the ERP                {", ".join(f"{login} / {facts.passwords[login]}" for login in ("clerk", "approver"))}

What to try
  * change a supplier in the ERP and see it arrive; change its bank account and see it held for a second person
  * hand in an e-invoice at {ap_url}/, code it, have it approved by two people, find it posted in the ERP:
{chr(10).join(f"      {os.path.relpath(path)}" for path in samples)}
  * {drafted}: the ERP drafted its own invoice for this order; an approved bill takes its place and nothing is doubled
  * `make story` plays a whole purchase-to-pay day against these systems; `make demo-reset` forgets everything"""
