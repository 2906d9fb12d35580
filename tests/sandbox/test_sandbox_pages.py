"""The pages of the stand-in, used as a person would: forms, links, messages; no script is needed for anything."""

from __future__ import annotations

import html
import http.client
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import pytest

from tests.sandbox.ap_house import CLERK, COMPANY, DEPUTY, FINANCE, INVOICE, OWNER, House
from tests.sandbox.sandbox_api import Api


@dataclass
class Browser:
    """Keeps cookies, follows redirects, remembers the last page."""

    base_url: str
    cookies: dict[str, str] = field(default_factory=dict)
    path: str = "/"
    status: int = 0
    page: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> str:
        return self._send("GET", path)

    def post(self, path: str, origin: str = "", **form: str) -> str:
        return self._send("POST", path, urlencode(form), "application/x-www-form-urlencoded", origin)

    def upload(self, name: str, content: bytes) -> str:
        head = (
            f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/xml\r\n\r\n'
        )
        return self._send(
            "POST", "/upload", head.encode() + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"
        )

    def _send(self, method: str, path: str, body: object = None, kind: str = "", origin: str = "") -> str:
        connection = http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=10)
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": jar, "Referer": self.base_url + self.path, "Origin": origin or self.base_url}
        connection.request(method, path, body, {**headers, **({"Content-Type": kind} if kind else {})})
        answer = connection.getresponse()
        self.status, self.headers = answer.status, {name.lower(): value for name, value in answer.getheaders()}
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        content = answer.read().decode()
        connection.close()
        if answer.status == 303:
            return self._send("GET", urlsplit(self.headers["location"]).path)
        self.path, self.page = path, html.unescape(content)
        return self.page

    def form(self, action: str) -> dict[str, str]:
        """What the form would send as it stands: selected options and values."""
        found = re.search(rf'<form[^>]*action="{re.escape(action)}"(.*?)</form>', self.page, re.S)
        assert found, f"no form for {action}"
        values = dict.fromkeys(re.findall(r'<select[^>]*name="([^"]+)"', found[1]), "")
        for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', found[1], re.S):
            chosen = re.search(r'value="([^"]*)" selected', options)
            values[name] = chosen[1] if chosen else ""
        for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*?(?:value="([^"]*)")?>', found[1]):
            values[name] = value
        return values


@pytest.fixture
def house(api: Api) -> House:
    return House(api)


@pytest.fixture
def browser(api: Api) -> Browser:
    return Browser(api.base_url)


def test_every_page_says_that_it_is_a_stand_in_and_allows_no_script(house: House, browser: Browser) -> None:
    bill = house.approved()
    lists = ("/", "/rejected", "/suppliers", "/orders", "/payments", "/coding-data", "/people", "/about")
    ones = (f"/bills/{bill}", f"/suppliers/{house.supplier}", f"/orders/{house.order}", "/bills/bill-999999")
    for path in (*lists, *ones):
        assert "<strong>Stand-in.</strong>" in browser.get(path), path
        assert browser.status == (404 if path.endswith("999999") else 200)
        assert "default-src 'none'" in browser.headers["content-security-policy"]
        assert "<script" not in browser.page


def test_a_bill_goes_from_the_file_to_approval_by_forms_alone(house: House, browser: Browser) -> None:
    page = browser.upload("invoice.xml", INVOICE)
    assert "NP-2026-0417 was taken in." in page and "Choose an account" in page
    bill = browser.path
    coding = browser.form(f"{bill}/code")
    assert coding["l0-match"] == f"{house.order}|10" and coding["l0s0-account"] == house.paper
    coding |= {"l1s0-account": house.freight, "l1s0-percent": "40", "l1s0-dim-CC": "SALES"}
    coding |= {"l1s1-account": house.freight, "l1s1-percent": "60", "l1s1-dim-CC": "LAB", "then": "submit"}
    assert "Next step: <strong>Budget owner</strong>" in browser.post(f"{bill}/code", **coding)
    assert "This step is for" in browser.page
    assert "submitted this bill" in browser.post(f"{bill}/approve") or "does not decide" in browser.page
    browser.post("/act-as", person=OWNER)
    browser.get(bill)
    assert "Approved." in browser.post(f"{bill}/approve", comment="fine")
    browser.post("/act-as", person=FINANCE)
    browser.get(bill)
    assert "It goes to the ERP" in browser.post(f"{bill}/approve")
    record = house.bill(bill.rpartition("/")[2])
    assert [coding["amount"] for coding in record["lines"][1]["codings"]] == ["40.00", "60.00"]
    assert record["approvalTrail"][0]["comment"] == "fine"


def test_saving_what_the_form_shows_changes_nothing(house: House, browser: Browser) -> None:
    before = house.bill(house.coded())
    browser.get(f"/bills/{before['id']}")
    browser.post(f"/bills/{before['id']}/code", **browser.form(f"/bills/{before['id']}/code"))
    after = house.bill(before["id"])
    assert (after["contentDigest"], after["version"]) == (before["contentDigest"], before["version"])


def test_what_is_refused_is_said_on_the_page_one_came_from(house: House, browser: Browser) -> None:
    bill = house.upload()["id"]
    browser.get(f"/bills/{bill}")
    page = browser.post(f"/bills/{bill}/submit")
    assert "Line 2 is not coded. Choose an account for it." in page and browser.path == f"/bills/{bill}"
    assert house.bill(bill)["status"] == "received"


def test_a_rejected_file_is_listed_with_its_reason(house: House, browser: Browser) -> None:
    page = browser.upload("empty.xml", b"")
    assert browser.path == "/rejected" and "The file is empty (0 bytes)" in page


def test_a_supplier_is_chosen_by_number_or_name(house: House, browser: Browser) -> None:
    bill = house.upload(INVOICE.replace(b"DE123456789", b"X").replace(b"Nordlicht", b"Fremd"))["id"]
    browser.get(f"/bills/{bill}")
    assert "no supplier called 'V-8'" in browser.post(f"/bills/{bill}/supplier", supplier="V-8")
    assert "is no known supplier" not in browser.post(f"/bills/{bill}/supplier", supplier="nordlicht papier")
    assert house.bill(bill)["supplierId"] == house.supplier


def test_all_lines_without_an_account_can_be_coded_at_once(house: House, browser: Browser) -> None:
    bill = house.upload()["id"]
    browser.get(f"/bills/{bill}")
    coding = browser.form(f"/bills/{bill}/code") | {"all-account": house.freight, "all-dim-CC": "LAB"}
    browser.post(f"/bills/{bill}/code", **coding)
    coded = [line["codings"][0]["accountCode"] for line in house.bill(bill)["lines"]]
    assert coded == ["6815", "6740"]


def test_a_delegation_lets_the_deputy_choose_in_whose_place(house: House, browser: Browser) -> None:
    bill = house.coded()
    house.act(bill, "submit", CLERK)
    browser.post(f"/people/{OWNER}/delegate", deputy=DEPUTY, first="2020-01-01", last="2099-01-01")
    browser.post("/act-as", person=DEPUTY)
    assert f'<option value="{OWNER}">Otto Owner</option></select>' in browser.get(f"/bills/{bill}")
    browser.post(f"/bills/{bill}/approve", behalf=OWNER)
    assert house.bill(bill)["approvalTrail"][0]["onBehalfOfName"] == "Otto Owner"


def test_an_order_shows_what_arrived_less_what_went_back(house: House, browser: Browser) -> None:
    for kind, quantity in (("receipt", "40"), ("return", "-5")):
        line = {"lineNumber": "1", "purchaseOrderLineNumber": "10", "quantity": quantity}
        head = {"companyId": COMPANY, "receiptNumber": kind, "kind": kind, "receiptDate": "2026-02-20"}
        house.made("/goods-receipts", **head, purchaseOrderId=house.order, lines=[line])
    assert '<td data-label="Arrived" class="num">35</td>' in browser.get(f"/orders/{house.order}")


def test_a_file_comes_back_whole_and_is_never_shown_as_a_page(house: House, browser: Browser) -> None:
    attachment = house.upload()["attachmentIds"][0]
    assert browser.get(f"/files/{attachment}") == html.unescape(INVOICE.decode())
    assert browser.headers["content-disposition"].startswith("attachment")


def test_another_site_cannot_send_forms_here(house: House, browser: Browser) -> None:
    bill = house.upload()["id"]
    browser.post(f"/bills/{bill}/void", origin="https://elsewhere.example", reason="gone")
    assert browser.status == 403 and house.bill(bill)["status"] == "received"


def test_what_people_do_is_in_the_request_log(house: House, browser: Browser) -> None:
    bill = house.upload()["id"]
    before = len(house.api.control.log())
    browser.post(f"/bills/{bill}/void", reason="sent twice")
    (line,) = house.api.control.log()[before:]
    assert (line["path"], line["operation"], line["applied"]) == (f"/web/bills/{bill}/void", "void", True)
