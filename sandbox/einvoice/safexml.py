"""XML from strangers: no DOCTYPE, no entities, no network."""

from __future__ import annotations

from lxml import etree


class Unreadable(Exception):
    """No bill can be made of the file; the text is a sentence for whoever handed it in."""


def parsed(content: bytes) -> etree._Element:
    """The root element; raises Unreadable."""
    if not content.strip():
        raise Unreadable("The file is empty (0 bytes). Ask the sender to send it again.")
    if content.startswith(b"%PDF"):
        raise Unreadable("This is a PDF. The stand-in reads XML invoices only (UBL 2.1 or CII).")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as fault:
        if b"<!DOCTYPE" in content[:4096]:
            raise _doctype() from fault
        raise Unreadable(f"The file is not readable as XML ({fault.msg}). Ask the sender to send it again.") from fault
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype()
    return root


def _doctype() -> Unreadable:
    return Unreadable(
        "The file contains a DOCTYPE, which e-invoices must not have and which can be used for attacks."
        " Ask the sender for a file without it."
    )
