"""Invoices as suppliers send them: UBL 2.1 and CII files that hold what EN 16931 asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from xml.etree import ElementTree as Xml

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
SPACES = {
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
    "ubl": f"{_UBL}Invoice-2",
    "crn": f"{_UBL}CreditNote-2",
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
DIGITS = {"JPY": 0}
EN16931 = "urn:cen.eu:en16931:2017"


@dataclass(frozen=True)
class Party:
    """Who sends or gets an invoice."""

    name: str
    tax: str
    country: str = "US"
    iban: str = ""


@dataclass(frozen=True)
class PaperLine:
    """A line; `order_line` is the line of the order it is for."""

    name: str
    quantity: str
    price: str
    rate: str = "20"
    order_line: str = ""


@dataclass(frozen=True)
class Paper:
    """An invoice or credit note. `tax` as the document states it; None: the rate of the sum, rounded once."""

    number: str
    seller: Party
    buyer: Party
    lines: tuple[PaperLine, ...]
    issued: date
    currency: str = "USD"
    order: str = ""
    type_code: str = "380"
    preceding: str = ""
    period: tuple[date, date] | None = None
    tax: Decimal | None = None

    @property
    def credit(self) -> bool:
        return self.type_code == "381"

    def net_of(self, line: PaperLine) -> Decimal:
        return self._rounded(Decimal(line.quantity) * Decimal(line.price))

    @property
    def net(self) -> Decimal:
        return sum(map(self.net_of, self.lines), Decimal(0))

    @property
    def tax_amount(self) -> Decimal:
        return self._rounded(self.net * Decimal(self.lines[0].rate) / 100) if self.tax is None else self.tax

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax_amount

    def _rounded(self, value: Decimal) -> Decimal:
        return value.quantize(Decimal(1).scaleb(-DIGITS.get(self.currency, 2)), ROUND_HALF_UP)

    # ------------------------------------------------------------------------------------------------------- UBL
    def ubl(self) -> bytes:
        kind = "CreditNote" if self.credit else "Invoice"
        head = [
            _e("cbc:CustomizationID", EN16931),
            _e("cbc:ID", self.number),
            _e("cbc:IssueDate", self.issued),
            *([] if self.credit else [_e("cbc:DueDate", self.issued + timedelta(days=30))]),
            _e(f"cbc:{kind}TypeCode", self.type_code),
            _e("cbc:DocumentCurrencyCode", self.currency),
            *self._ubl_references(),
            _e("cac:AccountingSupplierParty", _ubl_party(self.seller)),
            _e("cac:AccountingCustomerParty", _ubl_party(self.buyer)),
            *([self._ubl_account()] if self.seller.iban else []),
            self._ubl_tax(),
            _e(
                "cac:LegalMonetaryTotal",
                self._money("cbc:LineExtensionAmount", self.net),
                self._money("cbc:TaxExclusiveAmount", self.net),
                self._money("cbc:TaxInclusiveAmount", self.gross),
                self._money("cbc:PayableAmount", self.gross),
            ),
        ]
        lines = [self._ubl_line(place, line, kind) for place, line in enumerate(self.lines, 1)]
        return _file(_e("crn:CreditNote" if self.credit else "ubl:Invoice", *head, *lines))

    def _ubl_references(self) -> Iterable[Xml.Element]:
        if self.period:
            first, last = self.period
            yield _e("cac:InvoicePeriod", _e("cbc:StartDate", first), _e("cbc:EndDate", last))
        if self.order:
            yield _e("cac:OrderReference", _e("cbc:ID", self.order))
        if self.preceding:
            yield _e("cac:BillingReference", _e("cac:InvoiceDocumentReference", _e("cbc:ID", self.preceding)))

    def _ubl_account(self) -> Xml.Element:
        account = _e("cac:PayeeFinancialAccount", _e("cbc:ID", self.seller.iban), _e("cbc:Name", self.seller.name))
        return _e("cac:PaymentMeans", _e("cbc:PaymentMeansCode", "30"), _e("cbc:PaymentID", self.number), account)

    def _ubl_tax(self) -> Xml.Element:
        scheme = _e("cac:TaxScheme", _e("cbc:ID", "VAT"))
        category = _e("cac:TaxCategory", _e("cbc:ID", "S"), _e("cbc:Percent", self.lines[0].rate), scheme)
        row = [self._money("cbc:TaxableAmount", self.net), self._money("cbc:TaxAmount", self.tax_amount), category]
        return _e("cac:TaxTotal", self._money("cbc:TaxAmount", self.tax_amount), _e("cac:TaxSubtotal", *row))

    def _ubl_line(self, place: int, line: PaperLine, kind: str) -> Xml.Element:
        scheme = _e("cac:TaxScheme", _e("cbc:ID", "VAT"))
        tax = _e("cac:ClassifiedTaxCategory", _e("cbc:ID", "S"), _e("cbc:Percent", line.rate), scheme)
        number = "cbc:CreditedQuantity" if self.credit else "cbc:InvoicedQuantity"
        ordered = [_e("cac:OrderLineReference", _e("cbc:LineID", line.order_line))] if line.order_line else []
        return _e(
            f"cac:{kind}Line",
            _e("cbc:ID", place),
            _e(number, line.quantity, unitCode="C62"),
            self._money("cbc:LineExtensionAmount", self.net_of(line)),
            *ordered,
            _e("cac:Item", _e("cbc:Name", line.name), tax),
            _e("cac:Price", self._money("cbc:PriceAmount", Decimal(line.price))),
        )

    def _money(self, tag: str, amount: Decimal) -> Xml.Element:
        return _e(tag, amount, currencyID=self.currency)

    # ------------------------------------------------------------------------------------------------------- CII
    def cii(self) -> bytes:
        agreement = [_cii_party("ram:SellerTradeParty", self.seller), _cii_party("ram:BuyerTradeParty", self.buyer)]
        if self.order:
            agreement.append(_e("ram:BuyerOrderReferencedDocument", _e("ram:IssuerAssignedID", self.order)))
        summation = _e(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            _e("ram:LineTotalAmount", self.net),
            _e("ram:TaxBasisTotalAmount", self.net),
            self._money("ram:TaxTotalAmount", self.tax_amount),
            _e("ram:GrandTotalAmount", self.gross),
            _e("ram:DuePayableAmount", self.gross),
        )
        tax = [_e("ram:CalculatedAmount", self.tax_amount), _e("ram:TypeCode", "VAT"), _e("ram:BasisAmount", self.net)]
        rate = [_e("ram:CategoryCode", "S"), _e("ram:RateApplicablePercent", self.lines[0].rate)]
        settlement = [
            _e("ram:InvoiceCurrencyCode", self.currency),
            _e("ram:ApplicableTradeTax", *tax, *rate),
            _e("ram:SpecifiedTradePaymentTerms", _cii_day("ram:DueDateDateTime", self.issued + timedelta(days=30))),
            summation,
        ]
        document = [
            _e("ram:ID", self.number),
            _e("ram:TypeCode", self.type_code),
            _cii_day("ram:IssueDateTime", self.issued),
        ]
        context = _e("ram:GuidelineSpecifiedDocumentContextParameter", _e("ram:ID", EN16931))
        return _file(
            _e(
                "rsm:CrossIndustryInvoice",
                _e("rsm:ExchangedDocumentContext", context),
                _e("rsm:ExchangedDocument", *document),
                _e(
                    "rsm:SupplyChainTradeTransaction",
                    *(self._cii_line(place, line) for place, line in enumerate(self.lines, 1)),
                    _e("ram:ApplicableHeaderTradeAgreement", *agreement),
                    _e("ram:ApplicableHeaderTradeDelivery"),
                    _e("ram:ApplicableHeaderTradeSettlement", *settlement),
                ),
            )
        )

    def _cii_line(self, place: int, line: PaperLine) -> Xml.Element:
        ordered = [_e("ram:BuyerOrderReferencedDocument", _e("ram:LineID", line.order_line))] if line.order_line else []
        price = _e("ram:NetPriceProductTradePrice", _e("ram:ChargeAmount", line.price))
        tax = [_e("ram:TypeCode", "VAT"), _e("ram:CategoryCode", "S"), _e("ram:RateApplicablePercent", line.rate)]
        total = _e("ram:LineTotalAmount", self.net_of(line))
        return _e(
            "ram:IncludedSupplyChainTradeLineItem",
            _e("ram:AssociatedDocumentLineDocument", _e("ram:LineID", place)),
            _e("ram:SpecifiedTradeProduct", _e("ram:Name", line.name)),
            _e("ram:SpecifiedLineTradeAgreement", *ordered, price),
            _e("ram:SpecifiedLineTradeDelivery", _e("ram:BilledQuantity", line.quantity, unitCode="C62")),
            _e(
                "ram:SpecifiedLineTradeSettlement",
                _e("ram:ApplicableTradeTax", *tax),
                _e("ram:SpecifiedTradeSettlementLineMonetarySummation", total),
            ),
        )


def _ubl_party(party: Party) -> Xml.Element:
    return _e(
        "cac:Party",
        _e("cac:PostalAddress", _e("cac:Country", _e("cbc:IdentificationCode", party.country))),
        _e("cac:PartyTaxScheme", _e("cbc:CompanyID", party.tax), _e("cac:TaxScheme", _e("cbc:ID", "VAT"))),
        _e("cac:PartyLegalEntity", _e("cbc:RegistrationName", party.name)),
    )


def _cii_party(tag: str, party: Party) -> Xml.Element:
    register = _e("ram:SpecifiedTaxRegistration", _e("ram:ID", party.tax, schemeID="VA"))
    address = _e("ram:PostalTradeAddress", _e("ram:CountryID", party.country))
    return _e(tag, _e("ram:Name", party.name), address, register)


def _cii_day(tag: str, day: date) -> Xml.Element:
    return _e(tag, _e("udt:DateTimeString", f"{day:%Y%m%d}", format="102"))


def _e(tag: str, *inner: object, **attributes: str) -> Xml.Element:
    """An element; what is not an element becomes its text."""
    prefix, _, name = tag.partition(":")
    made = Xml.Element(f"{{{SPACES[prefix]}}}{name}", attributes)
    for part in inner:
        if isinstance(part, Xml.Element):
            made.append(part)
        else:
            made.text = str(part)
    return made


def _file(root: Xml.Element) -> bytes:
    for prefix, space in SPACES.items():
        Xml.register_namespace(prefix, space)
    Xml.indent(root)
    content: bytes = Xml.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content
