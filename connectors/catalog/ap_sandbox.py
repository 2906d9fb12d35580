"""The stand-in AP service (`python -m sandbox`), spoken to over its published interface.

The raw bodies, as read and as written (fields a client may not send are marked *; every record also has
*id, *version, *createdAt, *updatedAt, companyId or null, externalReference or null; null and [] mean empty).
`perform` adds `companyId` (where the record belongs to one company) and `externalReference` itself.
Amounts, quantities, prices and percents are decimal strings; dates are `YYYY-MM-DD`; instants UTC.

`key` in a part (an address, an account, a line, …) is the client's own id of it, kept and given back untouched.

vendor → suppliers (shared by all companies)
    supplierNumber, displayName!, tradeName, payeeName, status active|inactive, emailAddress, phoneNumber,
    languageCode, taxIdentifiers[{type vat|ein|ssn|gst|company|other, number!, countryCode}],
    addresses[{key, purpose legal|ordering|remitTo|other, line1, line2, city, region, postalCode, countryCode}],
    bankAccounts[{key, accountHolder, iban, bic, accountNumber, routingNumber, bankName, currencyCode, validFrom,
    validTo, verified, primary}], companySettings[{companyId (filled in here where absent), paymentTermId,
    currencyCode, payableAccountId, paymentMethod transfer|check|card|directDebit|other, hold none|payment|all,
    holdReason}] (an update merges these by company), tax1099{w9Received, form1099Box}, parentSupplierId,
    replacedBySupplierId, note
payment_term → payment-terms (shared): code!, name!, netDays (int), endOfMonth, discountDays (int), discountPercent,
    status
account → ledger-accounts: code!, name!, accountType expense|asset|liability|equity|revenue|payable|tax|other,
    postable, requiredDimensions[code], validFrom, validTo, status
dimension → dimensions: code!, name!, required, status,
    values[{key, code!, name!, parentCode, validFrom, validTo, status}]
tax_code → tax-codes: code!, name!, ratePercent!, category S|Z|E|AE|K|G|O|L|M, countryCode, recoverablePercent,
    selfAssessed, validFrom, validTo, status
purchase_order → purchase-orders: orderNumber!, revision (int), orderType standard|blanket|service,
    matchType none|twoWay|threeWay, status open|closedForReceiving|closedForBilling|closed|cancelled, supplierId!,
    currencyCode!, orderDate!, paymentTermId, netAmount, taxAmount, totalAmount!, buyerName, buyerEmail, note,
    lines[{lineNumber!, key, itemName, description, itemCode, basis quantity|amount, quantity, unitCode, unitPrice,
    priceBaseQuantity, amount!, receivedQuantity, billedQuantity, billedAmount, taxCodeId, overReceiptPercent,
    promisedDate, status open|closed|cancelled, codings[{accountId!, percent, taxCodeId,
    dimensions[{dimensionCode, valueCode}]}]}]
receipt → goods-receipts: receiptNumber!, kind receipt|return, status posted|reversed, supplierId, purchaseOrderId,
    despatchReference, reversesReceiptId, receiptDate!, postingDate, currencyCode, note, lines[{lineNumber!, key,
    purchaseOrderId, purchaseOrderLineNumber, description, itemCode, quantity! (negative in a return),
    acceptedQuantity, rejectedQuantity, unitCode, amount}]
payment → payments: paymentNumber!, batchNumber, supplierId!, method transfer|check|card|directDebit|netting|other,
    status issued|cleared|voided|returned, paymentDate!, currencyCode!, amount!, remittanceText, replacesPaymentId,
    allocations[{key, billId!, paidAmount!, discountAmount, withheldAmount, writeOffAmount}] (positive for credit
    notes too; the signed sum may not exceed the amount)
invoice → bills, only those approved now or at any time before; amounts as on the document:
    *status received|coding|inApproval|approved|exported|posted|partlyPaid|paid|void, documentType
    invoice|creditNote|correctedInvoice|prepayment|selfBilled, typeCode (BT-3), billNumber, supplierId,
    *supplierNumber, supplierName, supplierTaxId, supplierAddress{line1, line2, city, region, postalCode,
    countryCode}|null, payeeName, buyerName, buyerTaxId, buyerEndpointId, buyerReference, issueDate, dueDate,
    taxPointDate, deliveryDate, *receivedAt, servicePeriodStart, servicePeriodEnd, currencyCode, taxCurrencyCode,
    taxAmountInTaxCurrency, netAmount, taxAmount, grossAmount, prepaidAmount, roundingAmount, payableAmount,
    orderNumber, contractReference, projectReference, salesOrderReference, receiptReference, despatchReference,
    buyerAccountingReference, paymentTermId, paymentTermsText, discountDate, discountAmount,
    paymentInstructions{meansCode, remittanceText, accountHolder, iban, bic}|null, precedingBills[{billNumber,
    issueDate}], allowancesCharges[{kind allowance|charge, amount, baseAmount, percent, reason, reasonCode,
    taxCategory, taxRatePercent}], taxBreakdown[{category, ratePercent, taxableAmount, taxAmount, exemptionReason,
    exemptionCode}], lines[{lineNumber, itemName, description, note, itemCode, standardItemCode, quantity, unitCode,
    unitPrice, priceBaseQuantity, netAmount, allowancesCharges[as above], periodStart, periodEnd, taxCategory,
    taxRatePercent, orderLineReference, buyerAccountingReference, match{purchaseOrderId, orderNumber, lineNumber,
    lineKey (the order line's key), quantity}|null, codings[{splitNumber (1, 2, …), accountId, accountCode,
    taxCodeId, taxCode, percent, amount, dimensions[{dimensionCode, valueCode}], description}]}], note,
    *sourceFormat ubl|cii|api, *attachmentIds, *flags[{code, text}], *contentVersion, *contentDigest,
    *approvedVersion, *approvedDigest (null: not approved now), *firstApprovedAt, *submittedByUserId,
    *approvalTrail[step, see approval], *erp{state none|held|exported|posted|cancelled, documentNumber, documentId,
    postingDate, message, reportedAt}, *amountPaid, *discountTaken, *amountWithheld, *amountWrittenOff, *amountOpen,
    *settlements[{paymentId, paymentNumber, status, method, paymentDate, paidAmount, discountAmount, withheldAmount,
    writeOffAmount}], *voidReason
    The step `acknowledge` (to the source) writes {state held|exported|posted|cancelled, documentNumber, documentId,
    postingDate, message}; posted needs documentNumber; while exported or posted nobody can change the bill.
approval → approvals (read only), one per round of one bill: billId, billNumber, supplierId, supplierName,
    currencyCode, payableAmount, status pending|approved|refused|withdrawn|invalidated, requestedAt,
    requestedByUserId, requestedByName, completedAt, contentVersion, contentDigest, invalidatedAt,
    invalidatedReason, steps[{approvalId, step (1, 2), stepName, decision approved|refused, decidedByUserId,
    decidedByName, onBehalfOfUserId, onBehalfOfName, delegation, limitAmount (null = unlimited), limitCurrencyCode,
    comment, decidedAt, contentVersion, contentDigest, invalidatedAt}]

This file is long because these shapes belong beside the code that moves them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

from standardwebhooks import Webhook, WebhookVerificationError

from connectors.auth import BearerToken, OAuth2ClientCredentials
from connectors.base import (
    Answer,
    ApprovalState,
    Check,
    Company,
    Connector,
    Event,
    FileContent,
    Json,
    KeyPage,
    LedgerLine,
    Limit,
    ObjectSpec,
    Page,
    RawRecord,
    Reference,
    Setting,
    Step,
    Totals,
    Written,
    register,
)
from connectors.errors import ConnectorError, ContractBroken, DataRejected, RateLimited, Uncertain

_API = "/api/v1"
_MOST = 500  # records on one page
_BUSY = "concurrencyLimitExceeded"
_PAUSE_SECONDS = 2.0  # where the service says "too many" without saying for how long


@dataclass(frozen=True)
class _Place:
    """Where an object lives in the interface, and which fields a record cannot do without."""

    path: str
    title: str
    needs: frozenset[str]
    event: str
    own_company: bool = True
    filters: tuple[tuple[str, str], ...] = ()
    ended: str = ""  # the state that retires a record which cannot be deactivated


def _place(path: str, title: str, needs: str, event: str, **more: Any) -> _Place:
    return _Place(path, title, frozenset({"id", "version", "updatedAt", *needs.split()}), event, **more)


_APPROVED = frozenset({"approved", "exported", "posted", "partlyPaid", "paid"})
_BILL_NEEDS = (
    "status documentType billNumber supplierId issueDate currencyCode netAmount taxAmount grossAmount payableAmount"
    " lines contentVersion approvedVersion contentDigest erp"
)
_PLACES: Mapping[str, _Place] = {
    "vendor": _place(
        "suppliers",
        "Suppliers",
        "displayName status supplierNumber taxIdentifiers addresses bankAccounts companySettings",
        "supplier",
        own_company=False,
    ),
    "payment_term": _place("payment-terms", "Payment terms", "code name netDays", "paymentTerm", own_company=False),
    "account": _place("ledger-accounts", "Ledger accounts", "code name status postable", "ledgerAccount"),
    "dimension": _place("dimensions", "Dimensions", "code name status values", "dimension"),
    "tax_code": _place("tax-codes", "Tax codes", "code name ratePercent category status", "taxCode"),
    "purchase_order": _place(
        "purchase-orders",
        "Purchase orders",
        "orderNumber status supplierId currencyCode totalAmount lines",
        "purchaseOrder",
        ended="cancelled",
    ),
    "receipt": _place(
        "goods-receipts",
        "Goods receipts",
        "receiptNumber kind status purchaseOrderId lines",
        "goodsReceipt",
        ended="reversed",
    ),
    "invoice": _place("bills", "Bills", _BILL_NEEDS, "bill", filters=(("approvedOnce", "true"),)),
    "approval": _place("approvals", "Approvals", "billId status steps contentVersion contentDigest", "approval"),
    "payment": _place(
        "payments", "Payments", "paymentNumber status supplierId amount allocations", "payment", ended="voided"
    ),
}
_BY_EVENT = {place.event: obj for obj, place in _PLACES.items()}

_CREATE, _UPDATE = (Step("create"),), (Step("update", absolute=True),)
_DEACTIVATE, _END = (Step("deactivate", absolute=True),), (Step("end", absolute=True),)
_ACKNOWLEDGE = (Step("acknowledge", absolute=True, side="source"),)
_REFERENCE = Reference("externalReference", max_length=80, searchable=True)


def _written(name: str, **more: Any) -> ObjectSpec:
    retires = _END if _PLACES[name].ended else _DEACTIVATE
    chosen: dict[str, Any] = {"incremental": True, "creates": _CREATE, "updates": _UPDATE, "retires": retires}
    return ObjectSpec(name, _PLACES[name].title, reference=_REFERENCE, **{**chosen, **more})


_SPECS = (
    _written("vendor", sensitive=("bankAccounts", "taxIdentifiers")),
    *(_written(name) for name in ("payment_term", "account", "dimension", "tax_code")),
    _written("purchase_order", amount_path="totalAmount", currency_path="currencyCode"),
    _written("receipt"),
    ObjectSpec(
        "invoice",
        "Bills",
        incremental=True,
        updates=_ACKNOWLEDGE,
        amount_path="payableAmount",
        currency_path="currencyCode",
        sensitive=("paymentInstructions",),
    ),
    ObjectSpec("approval", "Approvals", incremental=True),
    _written("payment", amount_path="amount", currency_path="currencyCode"),
)


@register
class ApSandbox(Connector):
    """Reads and writes the stand-in AP service. One instance per connection."""

    key: ClassVar[str] = "ap_sandbox"
    label: ClassVar[str] = "Stand-in AP service"
    role: ClassVar[Any] = "ap"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("base_url", "Address", "url", help="For example http://127.0.0.1:8010"),
        Setting("sign_in", "Sign in with", "choice", default="token", choices=("token", "oauth2")),
        Setting("token", "Token", "secret", required=False, help="For signing in with a token"),
        Setting("client_id", "Client id", required=False, help="For signing in with OAuth2"),
        Setting("client_secret", "Client secret", "secret", required=False, help="For signing in with OAuth2"),
    )
    objects: ClassVar[Mapping[str, ObjectSpec]] = {spec.name: spec for spec in _SPECS}
    limit: ClassVar[Limit] = Limit(rate_per_second=500, burst=500, concurrency=16)
    settle_seconds: ClassVar[float] = 5.0

    @classmethod
    def auth(cls, settings: Mapping[str, str]) -> BearerToken | OAuth2ClientCredentials:
        """The static token, or client credentials against the service's own token endpoint."""
        if settings.get("sign_in") != "oauth2":
            return BearerToken(settings.get("token", ""))
        url = settings["base_url"].rstrip("/") + "/oauth/token"
        return OAuth2ClientCredentials(url, settings.get("client_id", ""), settings.get("client_secret", ""), "ap")

    # ------------------------------------------------------------------------------------------------- reading
    def check(self) -> Check:
        """Asks who answers; a person who pointed it elsewhere is told."""
        try:
            me = self._get(f"{_API}/me")
        except ConnectorError as error:
            return Check(False, error.sentence, error.detail)
        if not isinstance(me, dict) or not isinstance(me.get("companies"), list):
            return Check(False, "Something else answers at this address. Check the address of the connection.")
        names = ", ".join(str(company["name"]) for company in me["companies"])
        return Check(True, f"Connected to the {me.get('service', 'service')} with the companies {names}.")

    def companies(self) -> Sequence[Company]:
        """Every company of the service."""
        found = self._get(f"{_API}/me")["companies"]
        return [Company(item["id"], item["name"], item["currencyCode"]) for item in found]

    def read(self, obj: str, *, company: str, cursor: Json | None, limit: int) -> Page:
        """A page by (updatedAt, id). Between pages the cursor holds the service's page token, at the end the time."""
        place, at = _PLACES[obj], cursor or {}
        asked = [*place.filters, *_company(company), *_paging(at, limit)]
        if at.get("since"):
            asked.append(("updatedSince", at["since"]))
        records, token = self._page(f"{_API}/{place.path}", asked, at.get("token"))
        raw = [_raw(place, body) for body in records]
        if token is not None:
            return Page(raw, {**at, "token": token}, more=True)
        since = records[-1]["updatedAt"] if records else at.get("since")
        return Page(raw, {"since": since} if since else None, more=False)

    def cursor_since(self, obj: str, since: datetime) -> Json | None:
        """The service takes any instant."""
        return {"since": since.isoformat()}

    def fetch(self, obj: str, external_id: str, *, company: str) -> RawRecord | None:
        """The record by its id, in whatever state it is now; another company's record is not there."""
        place = _PLACES[obj]
        body = self._get(_one(place, external_id), missing_is_none=True)
        if body is None or (place.own_company and company and body.get("companyId") not in (None, company)):
            return None
        return _raw(place, body)

    def keys(self, obj: str, *, company: str, cursor: Json | None, limit: int) -> KeyPage:
        """Ids and versions, by id."""
        place, at = _PLACES[obj], cursor or {}
        asked = [*place.filters, *_company(company), *_paging(at, limit)]
        found, token = self._page(f"{_API}/{place.path}/keys", asked, at.get("token"))
        keys = [(item["id"], str(item["version"])) for item in found]
        return KeyPage(keys, {"token": token} if token else None, more=token is not None)

    def search(self, obj: str, reference: str, *, company: str) -> Sequence[RawRecord]:
        """Every record with our reference, in any company."""
        place = _PLACES[obj]
        found, _ = self._page(f"{_API}/{place.path}", [("externalReference", reference), ("limit", "100")], None)
        return [_raw(place, body) for body in found]

    def documents(self, obj: str, external_id: str, *, company: str) -> Sequence[FileContent]:
        """The files of a bill, the original first."""
        if obj != "invoice":
            return ()
        asked = [("billId", external_id), ("limit", "100")]
        found, _ = self._page(f"{_API}/attachments", asked, None)
        found.sort(key=lambda item: (item["kind"] != "original", item["id"]))
        return [FileContent(item["fileName"], item["mediaType"], self._content(item["id"])) for item in found]

    def approval(self, obj: str, body: Json) -> ApprovalState | None:
        """The version that was approved and by whom; a bill that went on from there stays approved."""
        if obj != "invoice" or not body:
            return None
        decided = [step for step in body.get("approvalTrail") or () if not step.get("invalidatedAt")]
        approved = body["approvedVersion"] is not None and body["status"] in _APPROVED
        return ApprovalState(
            status="approved" if approved else str(body["status"]),
            approved_version=str(body["approvedVersion"]),
            content_version=str(body["contentVersion"]),
            approved_by=", ".join(str(step["decidedByName"]) for step in decided if step["decision"] == "approved"),
        )

    def totals(self, obj: str, body: Json) -> Totals | None:
        """What the document says."""
        if obj != "invoice":
            return None
        amounts = (Decimal(body[name]) for name in ("netAmount", "taxAmount", "payableAmount"))
        return Totals(body["currencyCode"], *amounts)

    # ------------------------------------------------------------------------------------------------- writing
    def perform(
        self, obj: str, step: Step, *, company: str, body: Json, reference: str, external_id: str = ""
    ) -> Written:
        """One call per step."""
        place = _PLACES[obj]
        one = _one(place, external_id) if external_id else ""
        match step.name:
            case "create":
                own = {"companyId": company} if place.own_company else {}
                return self._write("POST", f"{_API}/{place.path}", {**_for(company, body), **own, **_ours(reference)})
            case "update":
                return self._write("PATCH", one, _for(company, body))
            case "deactivate":
                return self._write("POST", f"{one}/deactivate", {})
            case "end":
                return self._write("PATCH", one, {"status": place.ended})
            case "acknowledge":
                return self._write("PUT", f"{one}/erp-status", body)
        raise NotImplementedError(f"{self.key} has no step {step.name}")

    def proved(self, obj: str, step: Step, *, company: str, body: Json, external_id: str) -> Written | None:
        """Reads the record and looks for everything the step was to leave there."""
        found = self.fetch(obj, external_id, company=company)
        expected: dict[str, Json] = {
            "create": {},
            "update": _for(company, body),
            "deactivate": {"status": "inactive"},
            "end": {"status": _PLACES[obj].ended},
            "acknowledge": {"erp": body},
        }
        if found is None or not _holds(expected[step.name], found.body):
            return None
        return Written(found.external_id, found.body)

    # -------------------------------------------------------------------------------------- the books, by themselves
    def ledger(self, obj: str, *, company: str, as_of: date) -> Iterator[LedgerLine]:
        """The service's own document report; shares no code with `read`."""
        path, after = f"{_API}/reports/documents", ""
        while True:
            asked = [("type", _PLACES[obj].path), ("companyId", company), ("asOf", as_of.isoformat()), ("after", after)]
            report = self.client.request("GET", path, params=asked).json()
            if not isinstance(report, dict) or "rows" not in report:
                raise ContractBroken("The document report of the service has no rows.", detail=str(report))
            yield from (_ledger_line(obj, row, company) for row in report["rows"])
            if not report["next"] or report["next"] == after:
                return
            after = report["next"]

    # ------------------------------------------------------------------------------------------- being notified
    def webhook_events(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Sequence[Event]:
        """Standard Webhooks; any of the secrets may have signed."""
        names = {name.lower(): value for name, value in headers.items()}
        for secret in secrets:
            try:
                data = Webhook(secret).verify(body, names)
            except (WebhookVerificationError, ValueError, RuntimeError):
                continue  # signed by another secret, damaged, or this secret is no secret
            return _events(names["webhook-id"], data)
        raise DataRejected("The notification is forged or stale: no secret of this connection fits its signature.")

    # ------------------------------------------------------------------------------------------------ the wire
    def _get(self, path: str, asked: Sequence[tuple[str, str]] = (), *, missing_is_none: bool = False) -> Any:
        answer = self.client.request("GET", path, params=asked)
        data = answer.json()
        if missing_is_none and answer.status == 404 and _code(data) == "notFound":
            return None
        _refuse(answer, data)
        return data

    def _page(self, path: str, asked: list[tuple[str, str]], before: str | None) -> tuple[list[Json], str | None]:
        data = self._get(path, asked)
        if not isinstance(data, dict) or not isinstance(data.get("data"), list) or "nextPageToken" not in data:
            raise ContractBroken("The service answered a list in another form than it promises.", detail=str(data))
        token = data["nextPageToken"]
        if token is not None and token == before:
            raise ContractBroken("The service gave the same page token again. Reading stopped there.")
        return data["data"], token

    def _content(self, attachment_id: str) -> bytes:
        answer = self.client.request("GET", f"{_API}/attachments/{quote(attachment_id, safe='')}/content")
        if answer.status >= 400:
            _refuse(answer, answer.json())
        return answer.content

    def _write(self, method: str, path: str, body: Json) -> Written:
        answer = self.client.request(method, path, json=body, writes=True)
        data = answer.json()
        _refuse(answer, data)
        if not isinstance(data, dict) or not isinstance(data.get("id"), str):
            raise Uncertain("The service accepted a write and answered without an id.", detail=str(data))
        return Written(data["id"], data)


# ----------------------------------------------------------------------------------------------------- small parts
def _paging(at: Json, limit: int) -> list[tuple[str, str]]:
    token = [("pageToken", str(at["token"]))] if at.get("token") else []
    return [("limit", str(min(limit, _MOST))), *token]


def _company(company: str) -> list[tuple[str, str]]:
    return [("companyId", company)] if company else []


def _one(place: _Place, external_id: str) -> str:
    return f"{_API}/{place.path}/{quote(external_id, safe='')}"


def _ours(reference: str) -> Json:
    return {"externalReference": reference} if reference else {}


def _for(company: str, body: Json) -> Json:
    """The body with the company named in settings that name none."""
    if not isinstance(body.get("companySettings"), list):
        return body
    return {**body, "companySettings": [{"companyId": company, **item} for item in body["companySettings"]]}


def _raw(place: _Place, body: Any) -> RawRecord:
    if not isinstance(body, dict) or not place.needs <= body.keys():
        lost = sorted(place.needs - body.keys()) if isinstance(body, dict) else []
        sentence = f"{place.title} came without the field {', '.join(lost)}. The interface has changed."
        raise ContractBroken(sentence, detail=str(body))
    return RawRecord(body["id"], body, str(body["version"]), datetime.fromisoformat(body["updatedAt"]))


def _code(data: Any) -> str:
    error = data.get("error") if isinstance(data, dict) else None
    return str(error.get("code", "unknown")) if isinstance(error, dict) else ""


def _refuse(answer: Answer, data: Any) -> None:
    """Raises for an error body, whatever the status says."""
    code = _code(data)
    if not code and answer.status < 400:
        return
    error = data["error"] if code else {}
    sentence = str(error.get("message") or f"The service refused with status {answer.status}.")
    if code == _BUSY:
        raise RateLimited(sentence, after_seconds=_PAUSE_SECONDS, status=answer.status)
    raise DataRejected(sentence, field=str(error.get("field") or ""), detail=code, status=answer.status)


def _holds(sent: Any, kept: Any) -> bool:
    """Whether everything that was sent is there; the service may have added fields and other companies' settings."""
    if isinstance(sent, Mapping):
        return isinstance(kept, Mapping) and all(name in kept and _holds(sent[name], kept[name]) for name in sent)
    if not isinstance(sent, list):
        return bool(sent == kept)
    if not isinstance(kept, list):
        return False
    if sent and isinstance(sent[0], Mapping) and "companyId" in sent[0]:
        return all(any(_holds(item, other) for other in kept) for item in sent)
    return len(sent) == len(kept) and all(_holds(*pair) for pair in zip(sent, kept, strict=True))


def _ledger_line(obj: str, row: Json, company: str) -> LedgerLine:
    return LedgerLine(
        object=obj,
        external_id=row["id"],
        key=row["key"],
        company=row["companyId"] or company,
        currency=row["currencyCode"] or "",
        side=row["side"],
        amount=Decimal(row["amount"]),
        stage=row["status"] or "",
        day=date.fromisoformat(row["day"]) if row["day"] else None,
        reference=row["reference"] or "",
    )


def _events(delivery: str, data: Any) -> Sequence[Event]:
    obj = _BY_EVENT.get(str(data.get("type", "")).partition(".")[0])
    if obj is None:
        return ()
    return [Event(delivery, obj, data["data"]["id"], datetime.fromisoformat(data["timestamp"]))]
