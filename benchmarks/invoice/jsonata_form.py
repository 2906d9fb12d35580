"""The invoice mapping as one JSONata expression. Its numbers are binary floating point, so cents may be wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jsonata.jsonata import Jsonata

from benchmarks.invoice.sample import CROSSWALKS

_EXPRESSION = """(
$cents := function($n) { $formatNumber($round($n, 2), "0.00") };
$day := function($d) { $substring($d, 6, 4) & "-" & $substring($d, 0, 2) & "-" & $substring($d, 3, 2) };
{"documentType": "INVOICE", "schemaVersion": 3, "origin": "erp", "sourceId": id,
"invoiceNumber": $uppercase($trim(tranId)),
"vendor": {"code": $uppercase($trim(entity.externalId)), "name": $trim(entity.name),
 "taxId": $replace($replace(entity.taxNumber, "-", ""), " ", ""), "email": email},
"company": subsidiary.id & "-" & subsidiary.refName, "currency": $lookup($currencies, currency.id),
"paymentTerms": $lookup($terms, terms.id), "invoiceDate": $day(tranDate), "dueDate": $day(dueDate),
"modified": $day(lastModifiedDate), "poNumber": poNumber, "reference": externalId & "/" & poNumber,
"note": $trim(memo), "status": status = "open" ? "OPEN" : "CLOSED", "hold": paymentHold,
"amounts": {"gross": $cents($number(total)), "tax": $cents($number(taxTotal)),
 "net": $cents($number(total) - $number(taxTotal)),
 "due": $cents($number(total) - $number(discountAmount) - $number(amountPaid)),
 "base": $cents($number(total) * $number(exchangeRate))},
"shipTo": {"street": shipTo.addr1 & ", " & shipTo.addr2, "city": $uppercase(shipTo.city), "region": shipTo.state,
 "postal": $substring(shipTo.zip, 0, 5), "country": shipTo.country},
"glAccount": account.number,
"lines": [item.items.{"number": line, "sku": "SKU-" & item.id, "name": $trim(item.name),
 "description": $trim(description), "qty": quantity, "unitPrice": rate,
 "net": $cents($number(quantity) * $number(rate)),
 "tax": $cents($number(quantity) * $number(rate) * $number(taxRate) / 100), "taxCode": $lookup($taxes, taxCode),
 "costCenter": $lookup($departments, department.id), "gl": account.number & "-" & department.id,
 "poLine": poLine, "uom": uom, "unitOf": uom = "EA" ? "each" : "other"}]})"""


def mapper() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function of one record."""
    expression = Jsonata(_EXPRESSION)
    expression.assign("currencies", CROSSWALKS["currency"])
    expression.assign("terms", CROSSWALKS["terms"])
    expression.assign("taxes", CROSSWALKS["tax"])
    expression.assign("departments", CROSSWALKS["department"])

    def apply(record: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = expression.evaluate(record)
        return made

    return apply
