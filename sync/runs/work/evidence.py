"""What the policies find in a page of records: each is given the facts it declares to need, fetched in set queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet

from connectors.models import Connection
from finance import records
from finance.fingerprint import approved_content, digest
from finance.identity import series_keys
from finance.policies import (
    ApprovedInvoice,
    Combination,
    InvoiceCandidate,
    Period,
    PolicyFacts,
    VendorCandidate,
    evaluate,
    needs_of,
)
from finance.records import Account, Dimension, Invoice, Vendor
from mappings.engine import MappingFault
from sync.engine.subjects import Finding
from sync.links import identities
from sync.links.models import ApprovedContent, Body, IdentityKey, Landing
from sync.links.selectors import counterparts
from sync.pipelines.models import Cursor
from sync.runs import items
from sync.runs.models import Release, RunEntry
from sync.runs.work import finish
from sync.runs.work.flow import Flow

Json = dict[str, Any]
PAGE = 500


@dataclass
class Page:
    """The records of one page with what all of them share."""

    flow: Flow
    entries: Sequence[RunEntry]
    sent_before: set[UUID] = field(default_factory=set)
    decoded: dict[UUID, Any] = field(default_factory=dict)
    payees: dict[UUID, frozenset[str]] = field(default_factory=dict)
    gathered: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        obj = self.flow.object
        self.decoded = {e.pk: records.decode(obj, e.landing.canonical or {}) for e in self.entries}
        if obj == "invoice":
            found = finish.payees(self.flow, [e.landing.canonical or {} for e in self.entries])
            self.payees = {e.pk: payee for e, payee in zip(self.entries, found, strict=True)}


def findings(flow: Flow, entries: Sequence[RunEntry], sent_before: set[UUID]) -> dict[UUID, tuple[Finding, ...]]:
    """Entry → what its policies found, less what a person has released.

    `sent_before`: the target may hold these records from an earlier send, so what it holds is no twin of theirs.
    """
    codes = flow.pipeline.policies
    needs = needs_of(flow.object, codes)
    if not entries or not codes:
        return {}
    page = Page(flow, entries, sent_before)
    for need in sorted(needs, key=lambda need: need == "released_pairs"):  # which are among what was gathered before
        page.gathered[need] = GATHER[need](page)
    gathered = page.gathered
    if "periods" in gathered and gathered["periods"] is None:  # the system does not tell: the rule cannot be asked
        codes = [code for code in codes if code != "period_closed"]
    released = items.released([entry.record_id for entry in entries])
    return {entry.pk: _of(page, entry, gathered, codes, released) for entry in entries}


def _of(
    page: Page, entry: RunEntry, gathered: Mapping[str, Any], codes: Sequence[str], released: set[tuple[Any, str, str]]
) -> tuple[Finding, ...]:
    facts = cast(PolicyFacts, {need: value(entry) for need, value in gathered.items() if value is not None})
    facts["payees"] = _payees(page, entry)
    found = evaluate(page.decoded[entry.pk], facts, codes)
    payload = entry.landing.canonical
    return tuple(
        cast(Finding, f)
        for f in found
        if (entry.record_id, f.code, items.digest(f.code, f.fields, payload, dict(f.detail))) not in released
    )


# ------------------------------------------------------------------------------------------------------- duplicates
@dataclass
class Meeting:
    """Who shares a key with whom, on the page and among the records known before."""

    page: Page
    keys: Mapping[UUID, frozenset[str]]
    known: Sequence[IdentityKey]

    def __post_init__(self) -> None:
        self._rows: dict[str, list[int]] = {}
        self._entries: dict[str, list[int]] = {}
        for place, row in enumerate(self.known):
            for key in row.keys:
                self._rows.setdefault(key, []).append(place)
        for place, entry in enumerate(self.page.entries):
            for key in self.keys[entry.pk]:
                self._entries.setdefault(key, []).append(place)

    def stored(self, entry: RunEntry) -> list[IdentityKey]:
        """Known records that share a key with this one."""
        return [self.known[place] for place in self._places(self._rows, entry)]

    def before(self, entry: RunEntry) -> list[RunEntry]:
        """Records of the page that come first and share a key: of two twins on one page the second is held."""
        entries = self.page.entries
        met = [entries[place] for place in self._places(self._entries, entry)]
        first = next((n for n, e in enumerate(met) if e.pk == entry.pk), len(met))
        return [e for e in met[:first] if e.landing.external_id != entry.landing.external_id]

    def _places(self, index: Mapping[str, list[int]], entry: RunEntry) -> list[int]:
        return sorted({place for key in self.keys[entry.pk] for place in index.get(key, ())})


def _vendor_candidates(page: Page) -> Callable[[RunEntry], list[VendorCandidate]]:
    """Vendors of either side, and of this page before the record, that share a key. A linked vendor is itself."""
    catch_up(page.flow)
    names = _systems(page)
    keys = {pk: identities.record_keys(vendor) for pk, vendor in page.decoded.items()}
    known = _known(page, names, _all(keys, [e for e in page.entries if e.record.link is None]))
    meeting = Meeting(page, keys, known)

    def of(entry: RunEntry) -> list[VendorCandidate]:
        if entry.record.link is not None:
            return []
        stored = [
            VendorCandidate(names[row.connection_id], row.external_id, _vendor(row.facts["record"]))
            for row in meeting.stored(entry)
            if not _itself(page, entry, row)
        ]
        return stored + [
            VendorCandidate(names[page.flow.pipeline.source_id], e.landing.external_id, page.decoded[e.pk])
            for e in meeting.before(entry)
        ]

    return of


def _invoice_candidates(page: Page) -> Callable[[RunEntry], list[InvoiceCandidate]]:
    """Invoices of either side that share payee and number or amount, keyed in the ERP and paid ones included.

    So are those whose numbers lie between: whether they are there tells the next of a series from a misread digit.
    """
    catch_up(page.flow)
    names = _systems(page)
    keys = {pk: identities.record_keys(invoice, page.payees[pk]) for pk, invoice in page.decoded.items()}
    meeting = Meeting(page, keys, _known(page, names, _all(keys, page.entries)))
    keys = {e.pk: keys[e.pk] | _between(meeting, e) for e in page.entries}
    meeting = Meeting(page, keys, _known(page, names, _all(keys, page.entries)))

    def of(entry: RunEntry) -> list[InvoiceCandidate]:
        stored = [
            _invoice(names[row.connection_id], row) for row in meeting.stored(entry) if not _itself(page, entry, row)
        ]
        system = names[page.flow.pipeline.source_id]
        return stored + [
            InvoiceCandidate.of(
                page.decoded[e.pk], system=system, external_id=e.landing.external_id, payees=page.payees[e.pk]
            )
            for e in meeting.before(entry)
        ]

    return of


def _between(meeting: Meeting, entry: RunEntry) -> frozenset[str]:
    """Keys of the numbers between the entry's and those it was found to share a key with."""
    page = meeting.page
    stored = [row.facts["record"].get("invoice_number") or "" for row in meeting.stored(entry)]
    beside = [page.decoded[e.pk].invoice_number or "" for e in meeting.before(entry)]
    return series_keys(page.decoded[entry.pk], [*stored, *beside], page.payees[entry.pk])


def _invoice(system: str, row: IdentityKey) -> InvoiceCandidate:
    record = cast(Invoice, records.decode("invoice", row.facts["record"]))
    status = record.status if record.status in ("partly_paid", "paid", "void") else "unknown"
    if record.status in ("posted", "approved"):
        status = "open"
    return InvoiceCandidate.of(
        record, system=system, external_id=row.external_id, payment_status=cast(Any, status),
        payees=frozenset(row.facts["payees"]),
    )  # fmt: skip


def catch_up(flow: Flow) -> None:
    """Takes in what the target's own people have keyed since the last time, so that it is found as a twin."""
    if flow.back is None or not flow.target_spec.readable:
        return
    name = f"there:{flow.lane.target_company}"
    at, _ = Cursor.objects.get_or_create(pipeline=flow.pipeline, object=flow.object, company=name)
    cursor, more = at.value, True
    while more:
        page = flow.target.read(flow.object, company=flow.lane.target_company, cursor=cursor, limit=PAGE)
        theirs = [one for raw in page.records if (one := _theirs(flow, raw.external_id, raw.body))]
        identities.remember(flow.object, identities.news(flow.object, theirs))  # most of it we wrote ourselves
        cursor, more = page.cursor or cursor, page.more
    at.value = cursor
    at.save(update_fields=["value"])


def _theirs(flow: Flow, external_id: str, body: Json) -> identities.Identified | None:
    try:
        payload = finish.canonical(flow, body)
    except (MappingFault, records.RecordFault):
        return None  # not something we could compare; it stays visible in the agreement
    vendor = str((payload.get("vendor") or {}).get("external_id", ""))
    return identities.Identified(
        flow.pipeline.target_id, external_id, payload, frozenset({f"l:{vendor}"} if vendor else ())
    )


def _known(page: Page, names: Mapping[UUID, str], keys: set[str]) -> list[IdentityKey]:
    """Records of either side that share a key; of a linked pair only the source's, so that a twin is shown once."""
    p, obj = page.flow.pipeline, page.flow.object
    rows = identities.sharing(obj, list(names), keys)
    ours = {row.external_id for row in rows if row.connection_id == p.source_id}
    there = [(obj, row.external_id) for row in rows if row.connection_id == p.target_id]
    pairs = counterparts(p.target_id, p.source_id, there)
    doubled = {key for key, source in pairs.items() if source in ours}
    return [row for row in rows if row.connection_id == p.source_id or (obj, row.external_id) not in doubled]


def _systems(page: Page) -> dict[UUID, str]:
    p = page.flow.pipeline
    return dict(Connection.objects.filter(pk__in=[p.source_id, p.target_id]).values_list("pk", "label"))


def _all(keys: Mapping[UUID, frozenset[str]], entries: Sequence[RunEntry]) -> set[str]:
    return {key for entry in entries for key in keys[entry.pk]}


def _itself(page: Page, entry: RunEntry, row: IdentityKey) -> bool:
    """Whether a known identity is the record, or the record's own counterpart."""
    p, link = page.flow.pipeline, entry.record.link
    if row.connection_id == p.target_id and entry.pk in page.sent_before:
        return True
    if row.connection_id == p.source_id:
        return row.external_id == entry.landing.external_id
    return link is not None and row.external_id == link.target_external_id


def _vendor(payload: Json) -> Vendor:
    return cast(Vendor, records.decode("vendor", payload))


def _released_pairs(page: Page) -> Callable[[RunEntry], frozenset[str]]:
    """Of the pairs on this page, those that a person has judged to be two for this customer."""
    obj = page.flow.object
    code, candidates = f"duplicate_{obj}", page.gathered[f"{obj}_candidates"]
    met: set[str] = set()
    for entry in page.entries:
        asked = {f"{obj}_candidates": candidates(entry), "released_pairs": frozenset(), "payees": _payees(page, entry)}
        met.update(found.detail["pair"] for found in evaluate(page.decoded[entry.pk], cast(PolicyFacts, asked), [code]))
    released = Release.objects.filter(
        code=code, item__customer_id=page.flow.pipeline.customer_id, item__detail__pair__in=sorted(met)
    )
    pairs = frozenset(released.values_list("item__detail__pair", flat=True)) if met else frozenset()
    return lambda entry: pairs


def _payees(page: Page, entry: RunEntry) -> frozenset[str]:
    return page.payees.get(entry.pk, frozenset())


# ------------------------------------------------------------------------------------------------------------- bank
def _previous_bank_accounts(page: Page) -> Callable[[RunEntry], Any]:
    """The accounts last agreed on; None for a vendor that is new here, or was only just matched."""

    def of(entry: RunEntry) -> Any:
        link = entry.record.link
        if link is None:
            return None
        if link.source_base is None:  # only matched yet: measured against what the other side pays to
            return _accounts_of(link.target_base or {}) or None
        return _accounts_of(link.source_base)

    return of


def _accounts_of(payload: Json) -> Any:
    known = _vendor(payload).financial_accounts
    return known if isinstance(known, tuple) else ()


# ----------------------------------------------------------------------------------------------------------- coding
def _structure(page: Page, obj: str) -> QuerySet[Landing]:
    """The accounting structure as its owner last stated it, of the company the document is for."""
    p, lane = page.flow.pipeline, page.flow.lane
    owner, company = (
        (p.target_id, lane.target_company) if page.flow.target.role == "erp" else (p.source_id, lane.company)
    )
    return Landing.objects.filter(connection=owner, object=obj, company=company, deleted=False, canonical__isnull=False)


def _accounts(page: Page) -> Callable[[RunEntry], dict[str, Account]]:
    found = [records.decode("account", row.canonical) for row in _structure(page, "account")]
    by_code = {str(a.code): cast(Account, a) for a in found if isinstance(a, Account)}
    return lambda entry: by_code


def _dimensions(page: Page) -> Callable[[RunEntry], dict[str, Dimension]]:
    found = [records.decode("dimension", row.canonical) for row in _structure(page, "dimension")]
    by_code = {str(d.code): cast(Dimension, d) for d in found if isinstance(d, Dimension)}
    return lambda entry: by_code


def _combinations(page: Page) -> Callable[[RunEntry], tuple[Combination, ...]]:
    """Rules between accounts and values are stated on the accounts themselves (`allowed_values`)."""
    return lambda entry: ()


def _periods(page: Page) -> Callable[[RunEntry], list[Period]] | None:
    told = page.flow.target.periods(company=page.flow.lane.target_company)
    if told is None:
        return None
    periods = [Period(p.name, p.start, p.end, p.state) for p in told]
    return lambda entry: periods


# --------------------------------------------------------------------------------------------------------- approval
def _approval(page: Page) -> Callable[[RunEntry], ApprovedInvoice | None]:
    """What was approved, as the document read when that version was first seen."""
    bodies = dict(Body.objects.filter(pk__in=[e.landing.body_id for e in page.entries]).values_list("pk", "content"))
    source = page.flow.source
    states = {e.pk: source.approval(page.flow.object, bodies.get(e.landing.body_id) or {}) for e in page.entries}

    def of(entry: RunEntry) -> ApprovedInvoice | None:
        state = states[entry.pk]
        if state is None:
            return None
        if state.status != "approved":
            return ApprovedInvoice(state.status, "", None, state.approved_by, state.invalidated_by)
        content = approved_content(page.decoded[entry.pk])
        kept, _ = ApprovedContent.objects.get_or_create(
            landing=entry.landing, version=state.approved_version,
            defaults={"fingerprint": digest(content), "content": dict(content)},
        )  # fmt: skip
        moved = "" if state.approved_version == state.content_version else "it was changed after it was approved"
        return ApprovedInvoice(
            "approved", kept.fingerprint, kept.content, state.approved_by, state.invalidated_by or moved
        )

    return of


GATHER: Mapping[str, Callable[[Page], Any]] = {
    "vendor_candidates": _vendor_candidates,
    "invoice_candidates": _invoice_candidates,
    "released_pairs": _released_pairs,
    "previous_bank_accounts": _previous_bank_accounts,
    "accounts": _accounts,
    "dimensions": _dimensions,
    "combinations": _combinations,
    "periods": _periods,
    "approval": _approval,
}
