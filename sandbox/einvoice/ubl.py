"""UBL 2.1 Invoice and CreditNote (EN 16931 binding)."""

from __future__ import annotations

from lxml import etree

from sandbox.einvoice.reading import Embedded, Found, Reader, currency, document_type, embedded, needed
from sandbox.einvoice.safexml import Unreadable
from sandbox.shapes import Bill, BillLine
from sandbox.shapes.bill_parts import AllowanceCharge, PartyAddress, PaymentInstructions, PrecedingBill, TaxLine

INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
_R = Reader(
    {
        "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
        "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    }
)
_SELLER = "cac:AccountingSupplierParty/cac:Party"
_BUYER = "cac:AccountingCustomerParty/cac:Party"
_NAME = "cac:PartyLegalEntity/cbc:RegistrationName"
_TRADE_NAME = "cac:PartyName/cbc:Name"
_TAX = "cac:PartyTaxScheme/cbc:CompanyID"
_SUM = "cac:LegalMonetaryTotal/cbc"


def read(root: etree._Element) -> Found:
    """The document as a bill; raises Unreadable."""
    credit_note = root.tag == f"{{{CREDIT_NOTE}}}CreditNote"
    kind = "CreditNote" if credit_note else "Invoice"
    code = _R.text(root, f"cbc:{kind}TypeCode") or ("381" if credit_note else "380")
    money = currency(_R.text(root, "cbc:DocumentCurrencyCode"))
    issued = _R.day(root, "cbc:IssueDate")
    if issued is None:
        raise Unreadable("The invoice has no date (BT-2). Ask the sender for a complete one.")
    net = needed(_R.amount(root, f"{_SUM}:TaxExclusiveAmount"), "total without tax (BT-109)")
    gross = needed(_R.amount(root, f"{_SUM}:TaxInclusiveAmount"), "total with tax (BT-112)")
    bill = Bill(
        document_type=document_type(code, credit_note=credit_note),
        type_code=code,
        bill_number=needed(_R.text(root, "cbc:ID"), "number (BT-1)")[:60],
        issue_date=issued,
        due_date=_R.day(root, "cbc:DueDate", "cac:PaymentMeans/cbc:PaymentDueDate"),
        tax_point_date=_R.day(root, "cbc:TaxPointDate"),
        delivery_date=_R.day(root, "cac:Delivery/cbc:ActualDeliveryDate"),
        service_period_start=_R.day(root, "cac:InvoicePeriod/cbc:StartDate"),
        service_period_end=_R.day(root, "cac:InvoicePeriod/cbc:EndDate"),
        currency_code=money,
        tax_currency_code=_R.text(root, "cbc:TaxCurrencyCode"),
        net_amount=net,
        tax_amount=_tax(root, money) or "0",
        gross_amount=gross,
        prepaid_amount=_R.amount(root, f"{_SUM}:PrepaidAmount") or "0",
        rounding_amount=_R.amount(root, f"{_SUM}:PayableRoundingAmount") or "0",
        payable_amount=_R.amount(root, f"{_SUM}:PayableAmount") or gross,
        note=_notes(root),
        source_format="ubl",
        payee_name=_R.text(root, "cac:PayeeParty/cac:PartyName/cbc:Name"),
        payment_terms_text=_R.text(root, "cac:PaymentTerms/cbc:Note"),
        payment_instructions=_instructions(root),
        preceding_bills=_preceding(root),
        allowances_charges=_allowances(root),
        tax_breakdown=_breakdown(root, money),
        lines=[_line(node, kind) for node in _R.all(root, f"cac:{kind}Line")],
    )
    _references(root, bill)
    _parties(root, bill)
    if bill.tax_currency_code and bill.tax_currency_code != money:
        bill.tax_amount_in_tax_currency = _tax(root, bill.tax_currency_code)
    return Found(bill, _R.amount(root, f"{_SUM}:LineExtensionAmount"), _files(root))


def _references(root: etree._Element, bill: Bill) -> None:
    bill.buyer_reference = _R.text(root, "cbc:BuyerReference")
    bill.buyer_accounting_reference = _R.text(root, "cbc:AccountingCost")
    bill.order_number = _R.text(root, "cac:OrderReference/cbc:ID")
    bill.sales_order_reference = _R.text(root, "cac:OrderReference/cbc:SalesOrderID")
    bill.contract_reference = _R.text(root, "cac:ContractDocumentReference/cbc:ID")
    bill.project_reference = _R.text(root, "cac:ProjectReference/cbc:ID")
    bill.receipt_reference = _R.text(root, "cac:ReceiptDocumentReference/cbc:ID")
    bill.despatch_reference = _R.text(root, "cac:DespatchDocumentReference/cbc:ID")


def _parties(root: etree._Element, bill: Bill) -> None:
    bill.supplier_name = _R.text(root, f"{_SELLER}/{_NAME}", f"{_SELLER}/{_TRADE_NAME}")
    bill.supplier_tax_id = _R.text(root, f"{_SELLER}/{_TAX}", f"{_SELLER}/cac:PartyLegalEntity/cbc:CompanyID")
    for node in _R.all(root, f"{_SELLER}/cac:PostalAddress"):
        bill.supplier_address = PartyAddress(
            line1=_R.text(node, "cbc:StreetName"),
            line2=_R.text(node, "cbc:AdditionalStreetName"),
            city=_R.text(node, "cbc:CityName"),
            region=_R.text(node, "cbc:CountrySubentity"),
            postal_code=_R.text(node, "cbc:PostalZone"),
            country_code=_R.text(node, "cac:Country/cbc:IdentificationCode"),
        )
    bill.buyer_name = _R.text(root, f"{_BUYER}/{_NAME}", f"{_BUYER}/{_TRADE_NAME}")
    bill.buyer_tax_id = _R.text(root, f"{_BUYER}/{_TAX}", f"{_BUYER}/cac:PartyLegalEntity/cbc:CompanyID")
    bill.buyer_endpoint_id = _R.text(root, f"{_BUYER}/cbc:EndpointID")


def _line(node: etree._Element, kind: str) -> BillLine:
    quantity = "cbc:CreditedQuantity" if kind == "CreditNote" else "cbc:InvoicedQuantity"
    tax = "cac:Item/cac:ClassifiedTaxCategory"
    return BillLine(
        line_number=needed(_R.text(node, "cbc:ID"), "line number (BT-126)")[:60],
        item_name=_R.text(node, "cac:Item/cbc:Name"),
        description=_R.text(node, "cac:Item/cbc:Description"),
        note=_R.text(node, "cbc:Note"),
        item_code=_R.text(node, "cac:Item/cac:SellersItemIdentification/cbc:ID"),
        standard_item_code=_R.text(node, "cac:Item/cac:StandardItemIdentification/cbc:ID"),
        quantity=_R.number(node, quantity),
        unit_code=_R.attribute(node, quantity, "unitCode"),
        unit_price=_R.number(node, "cac:Price/cbc:PriceAmount"),
        price_base_quantity=_R.number(node, "cac:Price/cbc:BaseQuantity"),
        net_amount=needed(_R.amount(node, "cbc:LineExtensionAmount"), "line amount (BT-131)"),
        allowances_charges=_allowances(node),
        period_start=_R.day(node, "cac:InvoicePeriod/cbc:StartDate"),
        period_end=_R.day(node, "cac:InvoicePeriod/cbc:EndDate"),
        tax_category=_R.text(node, f"{tax}/cbc:ID"),
        tax_rate_percent=_R.number(node, f"{tax}/cbc:Percent"),
        order_line_reference=_R.text(node, "cac:OrderLineReference/cbc:LineID"),
        buyer_accounting_reference=_R.text(node, "cbc:AccountingCost"),
    )


def _allowances(node: etree._Element) -> list[AllowanceCharge]:
    return [
        AllowanceCharge(
            kind="charge" if _R.text(found, "cbc:ChargeIndicator") == "true" else "allowance",
            amount=needed(_R.amount(found, "cbc:Amount"), "amount of an allowance or charge (BT-92)"),
            base_amount=_R.amount(found, "cbc:BaseAmount"),
            percent=_R.number(found, "cbc:MultiplierFactorNumeric"),
            reason=_R.text(found, "cbc:AllowanceChargeReason"),
            reason_code=_R.text(found, "cbc:AllowanceChargeReasonCode"),
            tax_category=_R.text(found, "cac:TaxCategory/cbc:ID"),
            tax_rate_percent=_R.number(found, "cac:TaxCategory/cbc:Percent"),
        )
        for found in _R.all(node, "cac:AllowanceCharge")
    ]


def _tax(root: etree._Element, money: str) -> str | None:
    """BT-110: of several totals the one in the asked currency."""
    totals = _R.all(root, "cac:TaxTotal/cbc:TaxAmount")
    mine = [node for node in totals if node.get("currencyID") in (None, money)]
    return _R.amount(mine[0], ".") if mine else None


def _breakdown(root: etree._Element, money: str) -> list[TaxLine]:
    return [
        TaxLine(
            category=_R.text(found, "cac:TaxCategory/cbc:ID") or "S",
            rate_percent=_R.number(found, "cac:TaxCategory/cbc:Percent"),
            taxable_amount=needed(_R.amount(found, "cbc:TaxableAmount"), "taxable amount (BT-116)"),
            tax_amount=needed(_R.amount(found, "cbc:TaxAmount"), "tax amount (BT-117)"),
            exemption_reason=_R.text(found, "cac:TaxCategory/cbc:TaxExemptionReason"),
            exemption_code=_R.text(found, "cac:TaxCategory/cbc:TaxExemptionReasonCode"),
        )
        for found in _R.all(root, "cac:TaxTotal/cac:TaxSubtotal")
        if _R.attribute(found, "cbc:TaxAmount", "currencyID") in (None, money)
    ]


def _instructions(root: etree._Element) -> PaymentInstructions | None:
    for node in _R.all(root, "cac:PaymentMeans"):
        account = "cac:PayeeFinancialAccount"
        return PaymentInstructions(
            means_code=_R.text(node, "cbc:PaymentMeansCode"),
            remittance_text=_R.text(node, "cbc:PaymentID"),
            account_holder=_R.text(node, f"{account}/cbc:Name"),
            iban=_R.text(node, f"{account}/cbc:ID"),
            bic=_R.text(node, f"{account}/cac:FinancialInstitutionBranch/cbc:ID"),
        )
    return None


def _preceding(root: etree._Element) -> list[PrecedingBill]:
    found = _R.all(root, "cac:BillingReference/cac:InvoiceDocumentReference")
    return [
        PrecedingBill(bill_number=number, issue_date=_R.day(node, "cbc:IssueDate"))
        for node in found
        if (number := _R.text(node, "cbc:ID"))
    ]


def _notes(root: etree._Element) -> str | None:
    words = [node.text.strip() for node in _R.all(root, "cbc:Note") if node.text and node.text.strip()]
    return "\n".join(words)[:2000] or None


def _files(root: etree._Element) -> list[Embedded]:
    path = "cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject"
    found = [embedded(node.get("filename"), node.get("mimeCode"), node.text) for node in _R.all(root, path)]
    return [file for file in found if file is not None]
