"""Chapters 1 and 2: a vendor arrives; its changed bank account waits for the customer's controller."""

from __future__ import annotations

from contextlib import suppress

from django.core.exceptions import PermissionDenied

from demo.erp.actor import Line
from demo.story.ap import Json
from demo.story.day import Day, Vendor
from demo.story.table import StoryFault, expect, same, wait
from governance.models import ChangeRequest
from sync.runs.models import WorkItem


def a_vendor_arrives(day: Day) -> None:
    """A vendor created in the ERP appears in the AP service as it is in the ERP."""
    make_vendor(day, "main", iban=day.names.iban())


def make_vendor(day: Day, key: str, *, iban: str = "", currency: str = "USD", term: str = "net30") -> Vendor:
    """A vendor made in the ERP, brought over, and looked at in the AP service."""
    name, tax = day.names.company(), day.names.ein()
    street, postal_code = day.names.street()
    clerk = day.clerk["us"]
    with day.table.did("ERP") as row:
        party = clerk.create_vendor(
            name, tax=("us_ein", tax), iban=iban, street=street, postal_code=postal_code, currency=currency, term=term
        )
        code = clerk.read("party.party", [["id", "=", party]], "code")[0]["code"]
        row.words = f"the clerk enters vendor {code} {name}" + (f", account …{iban[-4:]}" if iban else "")
    with day.table.did("portal") as row:
        run = day.portal.run("vendors")
        row.words = f"reads what changed: {counted(run.counts)}"
        row.correlation = day.portal.correlation("erp", "vendor", party)
    with day.table.did("AP") as row:
        supplier = supplier_of(day, code)
        same("the supplier's name", name, supplier["displayName"])
        expect(
            tax in "".join(t["number"].replace("-", "") for t in supplier["taxIdentifiers"]),
            "the tax number is not there",
        )
        same("the supplier's bank accounts", [iban] if iban else [], ibans(supplier))
        same("the supplier's street", street, supplier["addresses"][0]["line1"])
        row.words = f"shows {supplier['displayName']} with tax number, address" + (" and bank account" if iban else "")
    found = Vendor(name, party, code, supplier["id"], tax, iban, day.names.series())
    day.vendors[key] = found
    return found


def a_bank_change_waits(day: Day) -> None:
    """The changed account is held, the open item is blocked at the payer, until the customer's controller says yes."""
    vendor, clerk, changed = day.vendor, day.clerk["us"], day.names.iban()
    with day.table.did("ERP") as row:
        bill = clerk.key_bill(vendor.party, vendor.number(day.names.tag, 0), [Line("hosting", "1", "480.00")])
        clerk.change_bank_account(vendor.party, changed)
        row.words = f"an invoice of 576.00 is open; the account is changed to …{changed[-4:]} on a letter's word"
    with day.table.did("portal") as row:
        day.portal.run("vendors")
        item = day.portal.held("erp", "vendor", vendor.party, "bank_change")
        row.words = f"holds the new account for a second person: {item.sentence.partition('.')[0]}"
        row.correlation = day.portal.correlation("erp", "vendor", vendor.party)
    with day.table.did("ERP") as row:
        wait("the open item to be blocked for payment in the ERP", lambda: blocked(day, bill) or None, 30)
        row.words = "the open item is blocked for payment"
    with day.table.did("AP") as row:
        same("the account shown while the change is held", [vendor.iban], ibans(supplier_of(day, vendor.code)))
        row.words = f"still shows the old account …{vendor.iban[-4:]}"
    change = _asked(day, item)
    with day.table.did("portal") as row:
        day.portal.decide(change, "controller", "Called the vendor on the number we had")
        row.words = "the customer's controller releases it"
        row.correlation = day.portal.correlation("erp", "vendor", vendor.party)
    with day.table.did("AP") as row:
        wait("the new account in the AP service", lambda: ibans(supplier_of(day, vendor.code)) == [changed] or None)
        row.words = f"shows the new account …{changed[-4:]}"
    with day.table.did("ERP") as row:
        wait("the block to be lifted in the ERP", lambda: not blocked(day, bill) or None, 30)
        row.words = "the block is lifted"
    expect(not day.portal.items("erp", "vendor", vendor.party), "something is still open after the release")
    vendor.iban = changed


def _asked(day: Day, item: WorkItem) -> ChangeRequest:
    """The clerk asks; neither she nor anybody else of the partner's staff may decide."""
    with day.table.did("portal") as row:
        change = day.portal.ask_release(item, "The vendor confirmed it")
        for login in ("clerk", "approver"):
            with suppress(PermissionDenied):
                day.portal.decide(change, login, "Fine")
                raise StoryFault(f"the {login} of the partner could release a customer's bank change")
        row.words = "the clerk asks for the release; the partner's own staff may not decide it"
    assert isinstance(change, ChangeRequest)
    return change


def blocked(day: Day, bill: int) -> bool:
    """Whether an invoice's open items are blocked for payment in the ERP."""
    found = day.clerk["us"].read("account.invoice", [["id", "=", bill]], "lines_to_pay.payment_blocked")[0]
    lines = found["lines_to_pay"]
    return bool(lines) and all(line["payment_blocked"] for line in lines)


def supplier_of(day: Day, code: str) -> Json:
    """The AP service's supplier by the ERP's number."""
    found = day.ap.one("suppliers", supplierNumber=code)
    if found is None:
        raise StoryFault(f"the AP service has no supplier {code}; the portal says: {_why(day, code)}")
    return found


def _why(day: Day, code: str) -> str:
    party = day.clerk["us"].read("party.party", [["code", "=", code]], "id")[0]["id"]
    return day.portal.state_of("erp", "vendor", party)


def ibans(supplier: Json) -> list[str]:
    return [account["iban"] for account in supplier["bankAccounts"]]


def counted(counts: Json) -> str:
    """What became of a run's records, in words."""
    return ", ".join(f"{cell['count']} {outcome}" for outcome, cell in counts.items() if cell["count"]) or "nothing new"
