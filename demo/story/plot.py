"""The chapters in their order, and how a play is set up. Needs Django to be set up."""

from __future__ import annotations

from pathlib import Path

from demo.erp import ErpFacts
from demo.erp.actor import ErpUser
from demo.joining import TOKEN
from demo.story import crash, ending, invoices, money, orders, others, stopped, structure, vendors
from demo.story.ap import Ap
from demo.story.day import Chapter, Day
from demo.story.portal import Portal
from tenancy.context import tenant_context
from tenancy.partners.selectors import partner_by_slug

CHAPTERS: tuple[tuple[str, Chapter], ...] = (
    ("A vendor created in the ERP appears in the AP service", vendors.a_vendor_arrives),
    ("Its changed bank account waits for a second person", vendors.a_bank_change_waits),
    ("Accounts and dimensions reach the AP service", structure.accounts_and_dimensions_arrive),
    ("An order, a partial receipt, a return", orders.an_order_is_placed),
    ("An e-invoice is coded, approved in two steps and posted as approved", invoices.an_invoice_is_posted),
    ("An invoice the ERP had drafted itself is not doubled", invoices.the_erps_own_draft_is_completed),
    ("An ERP total a cent off is held", stopped.a_cent_off_is_held),
    ("Near-duplicates are stopped, a series and a rent are not", stopped.duplicates_are_stopped),
    ("Credit note, void, yen and the second company", others.other_documents_go_their_way),
    ("A worker is killed in the middle of a run", crash.a_worker_is_killed),
    ("Two payments with a cash discount", money.the_erp_pays),
)


def play(facts: ErpFacts, *, web: int, ap: int, erp: int, var: Path, chapters: str = "") -> int:
    """Plays the chapters, then takes the agreement. Raises StoryFault where something is not as it should be."""
    with tenant_context(partner_by_slug("northgate").schema_name):
        users = {entity: ErpUser.at(f"http://127.0.0.1:{erp}", facts, entity=entity) for entity in facts.companies}
        day = Day(facts, Ap(f"http://127.0.0.1:{ap}", TOKEN), Portal(), users)
        day.table.open()
        for place, (title, chapter) in enumerate(CHAPTERS, 1):
            if place in _chosen(chapters):
                day.table.chapter(place, title)
                chapter(day)
        day.table.chapter(len(CHAPTERS) + 1, "Both systems agree")
        unexplained = ending.the_books_agree(day)
        day.table.close(unexplained == 0)
        return 1 if unexplained else 0


def _chosen(text: str) -> set[int]:
    """ "1-4,7" → {1, 2, 3, 4, 7}; nothing: all."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found or set(range(1, len(CHAPTERS) + 1))
