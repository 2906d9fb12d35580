"""Chapter 3: what invoices are coded with reaches the AP service."""

from __future__ import annotations

from demo.story.day import Day
from demo.story.table import expect, same
from demo.story.vendors import counted


def accounts_and_dimensions_arrive(day: Day) -> None:
    """A new account and a new department of the ERP can be chosen in the AP service."""
    clerk, code = day.clerk["us"], day.names.digits(3)
    day.account, day.department = f"66{code}", f"D{code}"
    with day.table.did("ERP") as row:
        account = clerk.open_account(day.account, f"Trial materials {code}")
        clerk.open_department(day.department, f"Workshop {code}")
        row.words = f"account {day.account} and department {day.department} are opened"
    with day.table.did("portal") as row:
        row.words = f"reads what changed: {counted(day.portal.run('coding').counts)}"
        row.correlation = day.portal.correlation("erp", "account", account)
    with day.table.did("AP") as row:
        shown = day.ap.one("ledger-accounts", code=day.account, companyId="co-1")
        expect(shown, f"account {day.account} is not in the AP service")
        assert shown is not None
        same("the account's state", ("active", True), (shown["status"], shown["postable"]))
        dimension = day.ap.one("dimensions", code="DEPARTMENT", companyId="co-1")
        values = {value["code"]: value for value in (dimension or {"values": []})["values"]}
        expect(day.department in values, f"department {day.department} is not in the AP service")
        row.words = f"offers account {day.account} and department {day.department} for coding"
