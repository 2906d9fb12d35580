"""The invoice mapping as one JMESPath expression. JMESPath has no arithmetic and no text functions: they are added
here as functions of its own extension interface, with the same Decimal arithmetic as by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import jmespath
from jmespath import functions

from benchmarks.invoice.by_hand import cents, iso
from benchmarks.invoice.sample import CROSSWALKS

_TEXT: dict[str, Any] = {"types": ["string"]}
_ANY: dict[str, Any] = {"types": []}


class _Functions(functions.Functions):  # type: ignore[misc]
    """Decimals travel between these functions as text, because JMESPath checks types."""

    @functions.signature(_TEXT)
    def _func_trim(self, value: str) -> str:
        return value.strip()

    @functions.signature(_TEXT)
    def _func_upper(self, value: str) -> str:
        return value.upper()

    @functions.signature(_TEXT, _TEXT, _TEXT)
    def _func_replace(self, value: str, old: str, new: str) -> str:
        return value.replace(old, new)

    @functions.signature(_TEXT)
    def _func_day(self, value: str) -> str | None:
        return iso(value)

    @functions.signature(_TEXT)
    def _func_postal(self, value: str) -> str:
        return value[:5]

    @functions.signature(_TEXT)
    def _func_cents(self, value: str) -> str | None:
        return cents(Decimal(value))

    @functions.signature(_TEXT, _TEXT)
    def _func_minus(self, left: str, right: str) -> str:
        return str(Decimal(left) - Decimal(right))

    @functions.signature(_TEXT, _TEXT)
    def _func_times(self, left: str, right: str) -> str:
        return str(Decimal(left) * Decimal(right))

    @functions.signature(_TEXT)
    def _func_hundredth(self, value: str) -> str:
        return str(Decimal(value) / 100)

    @functions.signature(_TEXT, _TEXT)
    def _func_lookup(self, table: str, key: str) -> str:
        return CROSSWALKS[table][key]

    @functions.signature(_ANY, _TEXT, _TEXT, _TEXT)
    def _func_choose(self, value: Any, wanted: str, then: str, otherwise: str) -> str:
        return then if value == wanted else otherwise


_LINE = """{number: line, sku: join('', ['SKU-', item.id]), name: trim(item.name), description: trim(description),
qty: quantity, unitPrice: rate, net: cents(times(quantity, rate)),
tax: cents(hundredth(times(times(quantity, rate), taxRate))), taxCode: lookup('tax', taxCode),
costCenter: lookup('department', department.id), gl: join('-', [account.number, department.id]), poLine: poLine,
uom: uom, unitOf: choose(uom, 'EA', 'each', 'other')}"""
_HEADER = f"""{{documentType: 'INVOICE', schemaVersion: `3`, origin: 'erp', sourceId: id,
invoiceNumber: upper(trim(tranId)),
vendor: {{code: upper(trim(entity.externalId)), name: trim(entity.name),
 taxId: replace(replace(entity.taxNumber, '-', ''), ' ', ''), email: email}},
company: join('-', [subsidiary.id, subsidiary.refName]), currency: lookup('currency', currency.id),
paymentTerms: lookup('terms', terms.id), invoiceDate: day(tranDate), dueDate: day(dueDate),
modified: day(lastModifiedDate), poNumber: poNumber, reference: join('/', [externalId, poNumber]), note: trim(memo),
status: choose(status, 'open', 'OPEN', 'CLOSED'), hold: paymentHold,
amounts: {{gross: cents(total), tax: cents(taxTotal), net: cents(minus(total, taxTotal)),
 due: cents(minus(minus(total, discountAmount), amountPaid)), base: cents(times(total, exchangeRate))}},
shipTo: {{street: join(', ', [shipTo.addr1, shipTo.addr2]), city: upper(shipTo.city), region: shipTo.state,
 postal: postal(shipTo.zip), country: shipTo.country}},
glAccount: account.number, lines: item.items[].{_LINE}}}"""


def mapper() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function of one record."""
    expression, options = jmespath.compile(_HEADER), jmespath.Options(custom_functions=_Functions())
    return lambda record: expression.search(record, options)
