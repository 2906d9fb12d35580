"""Reading electronic invoices (UBL 2.1, CII) into bills; amounts stay as on the document."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from sandbox.einvoice import cii, ubl
from sandbox.einvoice.reading import Found
from sandbox.einvoice.safexml import Unreadable, parsed

_READERS: dict[str, Callable[[etree._Element], Found]] = {
    f"{{{ubl.INVOICE}}}Invoice": ubl.read,
    f"{{{ubl.CREDIT_NOTE}}}CreditNote": ubl.read,
    f"{{{cii.RSM}}}CrossIndustryInvoice": cii.read,
}


def read(content: bytes) -> Found:
    """The bill in a file; raises Unreadable with a sentence that says what to do."""
    root = parsed(content)
    reader = _READERS.get(str(root.tag))
    if reader is None:
        name = etree.QName(root).localname
        raise Unreadable(f"This XML is a {name[:60]}, not an invoice in UBL 2.1 or CII. Ask for one of those.")
    return reader(root)
