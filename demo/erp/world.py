# ruff: noqa: E501 - one row per record reads as a table
"""The small world the ERP starts with, as plain data: two companies, their suppliers, orders and coding lists.

`ap_name` is how the AP service, filled by other hands, spells the same supplier ("" = unknown there).
Tax ids and IBANs are invented but pass their check digits, because the ERP checks them. Days count from the build.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Entity:
    """A company in the ERP. `taxes`: (key, name, percent)."""

    key: str
    name: str
    currency: str
    city: str
    country: str
    taxes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Supplier:
    """A party the companies buy from; `tax` is (identifier type of the ERP, number)."""

    key: str
    name: str
    ap_name: str
    street: str
    city: str
    postal_code: str
    country: str
    tax: tuple[str, str]
    iban: str
    email: str
    term: str = "net30"
    currency: str = "USD"


@dataclass(frozen=True)
class Item:
    """Something that can be bought; goods are received, services are not."""

    key: str
    code: str
    name: str
    kind: str  # goods | service
    cost: str
    account: str  # code in ACCOUNTS


@dataclass(frozen=True)
class Order:
    """A purchase order. `lines`: (item, quantity, unit price, department); `received`: quantity of the first goods line."""

    key: str
    entity: str
    supplier: str
    invoice_method: str  # manual | fulfillment
    lines: tuple[tuple[str, str, str, str], ...]
    currency: str = ""
    received: str = ""
    confirmed: bool = True
    note: str = ""


@dataclass(frozen=True)
class Bill:
    """A supplier invoice keyed in the ERP itself. `days`: age of the document."""

    key: str
    entity: str
    supplier: str
    number: str
    item: str
    quantity: str
    unit_price: str
    department: str
    days: int
    state: str  # draft | posted | paid


ENTITIES = (
    Entity("us", "Alder & Finch Trading Inc.", "USD", "Boston", "US", (("standard", "VAT 20%", "20"), ("reduced", "VAT 10%", "10"), ("zero", "VAT 0%", "0"))),
    Entity("eu", "Alder & Finch Europe GmbH", "EUR", "Hamburg", "DE", (("standard", "USt 19%", "19"), ("reduced", "USt 7%", "7"), ("zero", "USt 0%", "0"))),
)  # fmt: skip

RATES = {"USD": Decimal("1"), "EUR": Decimal("0.92"), "GBP": Decimal("0.79"), "JPY": Decimal("155")}  # for one USD
DIGITS = {"JPY": 0}

COUNTRIES = {
    "US": ("USA", "United States"), "GB": ("GBR", "United Kingdom"), "DE": ("DEU", "Germany"), "FR": ("FRA", "France"),
    "NL": ("NLD", "Netherlands"), "BE": ("BEL", "Belgium"), "JP": ("JPN", "Japan"), "IL": ("ISR", "Israel"),
}  # fmt: skip

ACCOUNTS = {  # code: name, all of them expenses that may be posted to, in each company
    "6100": "Office supplies", "6150": "Printing and copying", "6200": "Rent", "6300": "Software and hosting",
    "6400": "Consulting", "6450": "Cleaning and facilities", "6500": "Travel", "6600": "Tools and small equipment",
    "6700": "Freight",
}  # fmt: skip

DIMENSIONS = {  # key: (name, {code: value})
    "department": ("Department", {"100": "Finance", "200": "Operations", "300": "Sales", "400": "IT"}),
    "project": ("Project", {"P-01": "Warehouse move", "P-02": "Web shop"}),
}

TERMS = {"net30": ("Net 30", 30), "net14": ("Net 14", 14), "now": ("Due on receipt", 0)}

SUPPLIERS = (
    Supplier("brightwater", "Brightwater Paper Co.", "Brightwater Paper Company", "1 High Street", "Leeds", "LS1 1AA", "GB", ("gb_vat", "239482101"), "GB29NWBK60161331926819", "accounts@brightwater.example"),
    Supplier("kestrel", "Kestrel Office Supplies Ltd", "Kestrel Office Supplies Limited", "44 Quay Road", "Bristol", "BS1 4DJ", "GB", ("gb_vat", "730551406"), "GB62BARC20031853746120", "billing@kestrel.example"),
    Supplier("moller", "Möller Werkzeuge GmbH", "Moeller Werkzeuge GmbH", "Hafenstraße 12", "Hamburg", "20457", "DE", ("eu_vat", "DE813490275"), "DE89370400440532013000", "rechnung@moeller.example", currency="EUR"),
    Supplier("lumiere", "Société Lumière SARL", "Societe Lumiere", "8 rue des Arts", "Lyon", "69002", "FR", ("eu_vat", "FR44732829320"), "FR5430006000011234567890100", "compta@lumiere.example", currency="EUR"),
    Supplier("devries", "De Vries Logistiek B.V.", "De Vries Logistics BV", "Havenweg 3", "Rotterdam", "3011 AA", "NL", ("eu_vat", "NL823812704B01"), "NL91ABNA0417164300", "facturen@devries.example", currency="EUR"),
    Supplier("cobalt", "Cobalt Cloud Services Inc.", "Cobalt Cloud Services", "500 Harbor Blvd", "Seattle", "98101", "US", ("us_ein", "462817390"), "", "ar@cobalt.example", term="net14"),
    Supplier("hudson", "Hudson Property Management LLC", "Hudson Property Mgmt LLC", "77 Mill Lane", "Boston", "02110", "US", ("us_ein", "205548712"), "", "rent@hudson.example", term="now"),
    Supplier("granite", "Granite Facilities Group", "Granite Facilities Group", "19 Elm Street", "Quincy", "02169", "US", ("us_ein", "811093347"), "", "office@granite.example"),
    Supplier("sakura", "Sakura Denki K.K.", "Sakura Denki Kabushiki Kaisha", "2-4-1 Marunouchi", "Tokyo", "100-0005", "JP", ("jp_vat", "4010001012345"), "", "keiri@sakura.example", currency="JPY"),
    Supplier("bellweather", "Bellweather Consulting LLP", "Bellwether Consulting LLP", "3 Temple Row", "Birmingham", "B2 5LG", "GB", ("gb_vat", "441882008"), "GB28LOYD30963412873465", "finance@bellweather.example", term="net14"),
    Supplier("dupont", "Atelier Dupont SPRL", "", "Rue Haute 21", "Bruxelles", "1000", "BE", ("eu_vat", "BE0463012771"), "", "info@dupont.example", currency="EUR"),
    Supplier("telaviv", "שירותי ענן תל אביב בע״מ", "Tel Aviv Cloud Services Ltd", "דרך מנחם בגין 121", "תל אביב", "6701203", "IL", ("il_vat", "516879434"), "IL620108000000099999999", "billing@tlvcloud.example"),
)  # fmt: skip

ITEMS = (
    Item("paper", "PAP-A4", "Paper A4, 5 reams", "goods", "22.50", "6100"),
    Item("toner", "TON-05X", "Toner cartridge 05X", "goods", "84.00", "6150"),
    Item("drill", "DRL-18V", "Cordless drill 18 V", "goods", "129.00", "6600"),
    Item("consulting", "CONS-H", "Consulting hour", "service", "140.00", "6400"),
    Item("hosting", "HOST-M", "Cloud hosting, month", "service", "480.00", "6300"),
    Item("cleaning", "CLN-M", "Office cleaning, month", "service", "650.00", "6450"),
    Item("rent", "RENT-M", "Office rent, month", "service", "3200.00", "6200"),
    Item("freight", "FRT", "Freight", "service", "95.00", "6700"),
)

ORDERS = (
    Order("kestrel", "us", "kestrel", "manual", (("paper", "40", "21.90", "100"), ("toner", "6", "82.50", "200")), note="two lines, nothing received yet"),
    Order("brightwater", "us", "brightwater", "fulfillment", (("paper", "100", "19.80", "200"), ("freight", "1", "95.00", "200")), received="60", note="the ERP drafts its own invoice for it"),
    Order("granite", "us", "granite", "manual", (("cleaning", "3", "650.00", "200"),), note="services only"),
    Order("sakura", "us", "sakura", "manual", (("drill", "10", "16800", "200"),), currency="JPY", received="10", note="in yen, all received"),
    Order("bellweather", "us", "bellweather", "manual", (("consulting", "24", "140.00", "300"),), confirmed=False, note="still a quotation"),
    Order("moller", "eu", "moller", "manual", (("drill", "20", "118.40", "200"), ("freight", "1", "88.00", "200")), received="8", note="second company, partly received"),
)  # fmt: skip

BILLS = (
    Bill("cobalt_open", "us", "cobalt", "CC-20417", "hosting", "1", "480.00", "400", 20, "posted"),
    Bill("hudson_paid", "us", "hudson", "HPM-0931", "rent", "1", "3200.00", "100", 45, "paid"),
    Bill("granite_open", "us", "granite", "GF-7781", "cleaning", "1", "650.00", "200", 12, "posted"),
    Bill("devries_open", "eu", "devries", "2026-118", "freight", "4", "95.00", "200", 9, "posted"),
)

_BOOKS = ("Accounting", "Purchase", "Stock", "Payment")
_MASTER = (
    "Party Administration",
    "Bank Administration",
    "Product Administration",
    "Accounting Administration",
    "Analytic Administration",
    "Account Product Administration",
)
USERS = {  # login: (name, groups); the integration user may post invoices and block payments, not approve payments
    "portal": ("Finance Sync", _BOOKS),
    "clerk": (
        "Clara Clerk",
        (*_BOOKS, *_MASTER, "Payment Approval", "Purchase Administrator", "Stock Force Assignment"),
    ),
    "approver": ("Adam Approver", (*_BOOKS, "Payment Approval")),
}
