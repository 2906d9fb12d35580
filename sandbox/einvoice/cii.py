"""UN/CEFACT Cross Industry Invoice D16B (EN 16931 binding; the XML inside Factur-X)."""

from __future__ import annotations

from lxml import etree

from sandbox.einvoice.reading import Embedded, Found, Reader, currency, document_type, embedded, needed
from sandbox.einvoice.safexml import Unreadable
from sandbox.shapes import Bill, BillLine
from sandbox.shapes.bill_parts import AllowanceCharge, PartyAddress, PaymentInstructions, PrecedingBill, TaxLine

RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_R = Reader(
    {
        "rsm": RSM,
        "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
        "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
        "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    }
)
_DOC = "rsm:ExchangedDocument"
_DEAL = "rsm:SupplyChainTradeTransaction"
_AGREED = f"{_DEAL}/ram:ApplicableHeaderTradeAgreement"
_DELIVERED = f"{_DEAL}/ram:ApplicableHeaderTradeDelivery"
_SETTLED = f"{_DEAL}/ram:ApplicableHeaderTradeSettlement"
_SUM = f"{_SETTLED}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_SELLER = f"{_AGREED}/ram:SellerTradeParty"
_BUYER = f"{_AGREED}/ram:BuyerTradeParty"
_TAX = "ram:SpecifiedTaxRegistration/ram:ID"
_ID = "ram:IssuerAssignedID"


def read(root: etree._Element) -> Found:
    """The document as a bill; raises Unreadable."""
    code = _R.text(root, f"{_DOC}/ram:TypeCode") or "380"
    money = currency(_R.text(root, f"{_SETTLED}/ram:InvoiceCurrencyCode"))
    issued = _R.day(root, f"{_DOC}/ram:IssueDateTime/udt:DateTimeString")
    if issued is None:
        raise Unreadable("The invoice has no date (BT-2). Ask the sender for a complete one.")
    net = needed(_R.amount(root, f"{_SUM}/ram:TaxBasisTotalAmount"), "total without tax (BT-109)")
    gross = needed(_R.amount(root, f"{_SUM}/ram:GrandTotalAmount"), "total with tax (BT-112)")
    period = f"{_SETTLED}/ram:BillingSpecifiedPeriod"
    bill = Bill(
        document_type=document_type(code),
        type_code=code,
        bill_number=needed(_R.text(root, f"{_DOC}/ram:ID"), "number (BT-1)")[:60],
        issue_date=issued,
        due_date=_R.day(root, f"{_SETTLED}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString"),
        tax_point_date=_R.day(root, f"{_SETTLED}/ram:ApplicableTradeTax/ram:TaxPointDate/udt:DateString"),
        delivery_date=_R.day(
            root, f"{_DELIVERED}/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString"
        ),
        service_period_start=_R.day(root, f"{period}/ram:StartDateTime/udt:DateTimeString"),
        service_period_end=_R.day(root, f"{period}/ram:EndDateTime/udt:DateTimeString"),
        currency_code=money,
        tax_currency_code=_R.text(root, f"{_SETTLED}/ram:TaxCurrencyCode"),
        net_amount=net,
        tax_amount=_tax(root, money) or "0",
        gross_amount=gross,
        prepaid_amount=_R.amount(root, f"{_SUM}/ram:TotalPrepaidAmount") or "0",
        rounding_amount=_R.amount(root, f"{_SUM}/ram:RoundingAmount") or "0",
        payable_amount=_R.amount(root, f"{_SUM}/ram:DuePayableAmount") or gross,
        note=_notes(root),
        source_format="cii",
        payee_name=_R.text(root, f"{_SETTLED}/ram:PayeeTradeParty/ram:Name"),
        payment_terms_text=_R.text(root, f"{_SETTLED}/ram:SpecifiedTradePaymentTerms/ram:Description"),
        payment_instructions=_instructions(root),
        preceding_bills=_preceding(root),
        allowances_charges=_allowances(root, f"{_SETTLED}/ram:SpecifiedTradeAllowanceCharge"),
        tax_breakdown=_breakdown(root),
        lines=[_line(node) for node in _R.all(root, f"{_DEAL}/ram:IncludedSupplyChainTradeLineItem")],
    )
    _references(root, bill)
    _parties(root, bill)
    if bill.tax_currency_code and bill.tax_currency_code != money:
        bill.tax_amount_in_tax_currency = _tax(root, bill.tax_currency_code)
    return Found(bill, _R.amount(root, f"{_SUM}/ram:LineTotalAmount"), _files(root))


def _references(root: etree._Element, bill: Bill) -> None:
    bill.buyer_reference = _R.text(root, f"{_AGREED}/ram:BuyerReference")
    bill.buyer_accounting_reference = _R.text(root, f"{_SETTLED}/ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID")
    bill.order_number = _R.text(root, f"{_AGREED}/ram:BuyerOrderReferencedDocument/{_ID}")
    bill.sales_order_reference = _R.text(root, f"{_AGREED}/ram:SellerOrderReferencedDocument/{_ID}")
    bill.contract_reference = _R.text(root, f"{_AGREED}/ram:ContractReferencedDocument/{_ID}")
    bill.project_reference = _R.text(root, f"{_AGREED}/ram:SpecifiedProcuringProject/ram:ID")
    bill.receipt_reference = _R.text(root, f"{_DELIVERED}/ram:ReceivingAdviceReferencedDocument/{_ID}")
    bill.despatch_reference = _R.text(root, f"{_DELIVERED}/ram:DespatchAdviceReferencedDocument/{_ID}")


def _parties(root: etree._Element, bill: Bill) -> None:
    register = "ram:SpecifiedLegalOrganization/ram:ID"
    bill.supplier_name = _R.text(root, f"{_SELLER}/ram:Name")
    bill.supplier_tax_id = _vat(root, _SELLER) or _R.text(root, f"{_SELLER}/{_TAX}", f"{_SELLER}/{register}")
    for node in _R.all(root, f"{_SELLER}/ram:PostalTradeAddress"):
        bill.supplier_address = PartyAddress(
            line1=_R.text(node, "ram:LineOne"),
            line2=_R.text(node, "ram:LineTwo"),
            city=_R.text(node, "ram:CityName"),
            region=_R.text(node, "ram:CountrySubDivisionName"),
            postal_code=_R.text(node, "ram:PostcodeCode"),
            country_code=_R.text(node, "ram:CountryID"),
        )
    bill.buyer_name = _R.text(root, f"{_BUYER}/ram:Name")
    bill.buyer_tax_id = _vat(root, _BUYER) or _R.text(root, f"{_BUYER}/{_TAX}", f"{_BUYER}/{register}")
    bill.buyer_endpoint_id = _R.text(root, f"{_BUYER}/ram:URIUniversalCommunication/ram:URIID")


def _vat(root: etree._Element, party: str) -> str | None:
    """The VAT number where a party carries several registrations (VA, not FC)."""
    found = _R.all(root, f"{party}/{_TAX}")
    return next((node.text for node in found if node.get("schemeID") == "VA" and node.text), None)


def _line(node: etree._Element) -> BillLine:
    agreed, settled = "ram:SpecifiedLineTradeAgreement", "ram:SpecifiedLineTradeSettlement"
    quantity = "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"
    price = f"{agreed}/ram:NetPriceProductTradePrice"
    product, period = "ram:SpecifiedTradeProduct", f"{settled}/ram:BillingSpecifiedPeriod"
    summed = f"{settled}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
    document = "ram:AssociatedDocumentLineDocument"
    return BillLine(
        line_number=needed(_R.text(node, f"{document}/ram:LineID"), "line number (BT-126)")[:60],
        item_name=_R.text(node, f"{product}/ram:Name"),
        description=_R.text(node, f"{product}/ram:Description"),
        note=_R.text(node, f"{document}/ram:IncludedNote/ram:Content"),
        item_code=_R.text(node, f"{product}/ram:SellerAssignedID"),
        standard_item_code=_R.text(node, f"{product}/ram:GlobalID"),
        quantity=_R.number(node, quantity),
        unit_code=_R.attribute(node, quantity, "unitCode"),
        unit_price=_R.number(node, f"{price}/ram:ChargeAmount"),
        price_base_quantity=_R.number(node, f"{price}/ram:BasisQuantity"),
        net_amount=needed(_R.amount(node, summed), "line amount (BT-131)"),
        allowances_charges=_allowances(node, f"{settled}/ram:SpecifiedTradeAllowanceCharge"),
        period_start=_R.day(node, f"{period}/ram:StartDateTime/udt:DateTimeString"),
        period_end=_R.day(node, f"{period}/ram:EndDateTime/udt:DateTimeString"),
        tax_category=_R.text(node, f"{settled}/ram:ApplicableTradeTax/ram:CategoryCode"),
        tax_rate_percent=_R.number(node, f"{settled}/ram:ApplicableTradeTax/ram:RateApplicablePercent"),
        order_line_reference=_R.text(node, f"{agreed}/ram:BuyerOrderReferencedDocument/ram:LineID"),
        buyer_accounting_reference=_R.text(node, f"{settled}/ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"),
    )


def _allowances(node: etree._Element, path: str) -> list[AllowanceCharge]:
    return [
        AllowanceCharge(
            kind="charge" if _R.text(found, "ram:ChargeIndicator/udt:Indicator") == "true" else "allowance",
            amount=needed(_R.amount(found, "ram:ActualAmount"), "amount of an allowance or charge (BT-92)"),
            base_amount=_R.amount(found, "ram:BasisAmount"),
            percent=_R.number(found, "ram:CalculationPercent"),
            reason=_R.text(found, "ram:Reason"),
            reason_code=_R.text(found, "ram:ReasonCode"),
            tax_category=_R.text(found, "ram:CategoryTradeTax/ram:CategoryCode"),
            tax_rate_percent=_R.number(found, "ram:CategoryTradeTax/ram:RateApplicablePercent"),
        )
        for found in _R.all(node, path)
    ]


def _tax(root: etree._Element, money: str) -> str | None:
    """BT-110: of several totals the one in the asked currency."""
    totals = _R.all(root, f"{_SUM}/ram:TaxTotalAmount")
    mine = [node for node in totals if node.get("currencyID") in (None, money)]
    return _R.amount(mine[0], ".") if mine else None


def _breakdown(root: etree._Element) -> list[TaxLine]:
    return [
        TaxLine(
            category=_R.text(found, "ram:CategoryCode") or "S",
            rate_percent=_R.number(found, "ram:RateApplicablePercent"),
            taxable_amount=needed(_R.amount(found, "ram:BasisAmount"), "taxable amount (BT-116)"),
            tax_amount=_R.amount(found, "ram:CalculatedAmount") or "0",
            exemption_reason=_R.text(found, "ram:ExemptionReason"),
            exemption_code=_R.text(found, "ram:ExemptionReasonCode"),
        )
        for found in _R.all(root, f"{_SETTLED}/ram:ApplicableTradeTax")
    ]


def _instructions(root: etree._Element) -> PaymentInstructions | None:
    for node in _R.all(root, f"{_SETTLED}/ram:SpecifiedTradeSettlementPaymentMeans"):
        account = "ram:PayeePartyCreditorFinancialAccount"
        return PaymentInstructions(
            means_code=_R.text(node, "ram:TypeCode"),
            remittance_text=_R.text(root, f"{_SETTLED}/ram:PaymentReference"),
            account_holder=_R.text(node, f"{account}/ram:AccountName"),
            iban=_R.text(node, f"{account}/ram:IBANID", f"{account}/ram:ProprietaryID"),
            bic=_R.text(node, "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID"),
        )
    return None


def _preceding(root: etree._Element) -> list[PrecedingBill]:
    found = _R.all(root, f"{_SETTLED}/ram:InvoiceReferencedDocument")
    return [
        PrecedingBill(bill_number=number, issue_date=_R.day(node, "ram:FormattedIssueDateTime/qdt:DateTimeString"))
        for node in found
        if (number := _R.text(node, _ID))
    ]


def _notes(root: etree._Element) -> str | None:
    found = _R.all(root, f"{_DOC}/ram:IncludedNote/ram:Content")
    words = [node.text.strip() for node in found if node.text and node.text.strip()]
    return "\n".join(words)[:2000] or None


def _files(root: etree._Element) -> list[Embedded]:
    path = f"{_AGREED}/ram:AdditionalReferencedDocument/ram:AttachmentBinaryObject"
    found = [embedded(node.get("filename"), node.get("mimeCode"), node.text) for node in _R.all(root, path)]
    return [file for file in found if file is not None]
