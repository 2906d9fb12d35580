"""Sets the demo's data up, as its people would: partners, customer, connections, pipelines, matching, going live.

Everything it finds done it leaves as it is, so it may be stopped and run again at any time.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import django


def main() -> int:
    """Entry point; the environment says which installation. Faults are one sentence."""
    parser = argparse.ArgumentParser(prog="python -m demo.seed", description=__doc__)
    parser.add_argument("--ap", type=int, required=True, help="port of the AP service")
    parser.add_argument("--erp", type=int, required=True, help="port of the ERP")
    parser.add_argument("--erp-home", type=Path, required=True, help="where the ERP is built")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from demo.golive import NotInStep
    from demo.joining import SystemFault

    try:
        _set_up(f"http://127.0.0.1:{options.ap}", f"http://127.0.0.1:{options.erp}", options.erp_home)
    except (NotInStep, SystemFault) as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _set_up(ap_url: str, erp_url: str, erp_home: Path) -> None:
    from demo import golive, joining, partners, samples
    from demo.erp.facts import load
    from demo.words import what_to_try
    from sync.pipelines.models import Pipeline
    from tenancy.context import tenant_context
    from tenancy.customers.models import Customer
    from tenancy.partners.selectors import partner_by_slug

    partners.open_all()
    with tenant_context(partner_by_slug("northgate").schema_name):
        customer = Customer.objects.get(code=partners.CUSTOMER)
        joining.join(customer, load(erp_home), erp_url=erp_url, ap_url=ap_url)
        for pipeline in Pipeline.objects.filter(customer=customer).order_by("created_at"):
            golive.take_live(pipeline)
        golive.wait_for_runs()
        golive.agree_now(customer.pk)
    facts, web = load(erp_home), os.environ.get("DEMO_WEB_PORT", "8000")
    papers = samples.write(Path(os.environ.get("PORTAL_VAR", "var")) / "try", facts)
    print(what_to_try(ap_url, erp_url, web, facts, papers))


if __name__ == "__main__":
    raise SystemExit(main())
