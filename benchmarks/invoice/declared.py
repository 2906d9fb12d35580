"""The invoice mapping in the mapping language: 31 header fields, 14 line fields."""

from __future__ import annotations

from typing import Any

_HEADER = {
    "sourceId": "id",
    "invoiceNumber": "upper(trim(tranId))",
    "vendor.code": "upper(trim(entity.externalId))",
    "vendor.name": "trim(entity.name)",
    "vendor.taxId": "replace(replace(entity.taxNumber, '-', ''), ' ', '')",
    "vendor.email": "email",
    "company": "concat(subsidiary.id, '-', subsidiary.refName)",
    "currency": "lookup('currency', currency.id)",
    "paymentTerms": "lookup('terms', terms.id)",
    "invoiceDate": "date(tranDate, 'MM/DD/YYYY')",
    "dueDate": "date(dueDate, 'MM/DD/YYYY')",
    "modified": "date(lastModifiedDate, 'MM/DD/YYYY')",
    "poNumber": "poNumber",
    "reference": "concat(externalId, '/', poNumber)",
    "note": "trim(memo)",
    "status": "'OPEN' if status == 'open' else 'CLOSED'",
    "hold": "paymentHold",
    "amounts.gross": "round(total, 2)",
    "amounts.tax": "round(taxTotal, 2)",
    "amounts.net": "round(total - taxTotal, 2)",
    "amounts.due": "round(total - discountAmount - amountPaid, 2)",
    "amounts.base": "round(total * exchangeRate, 2)",
    "shipTo.street": "concat(shipTo.addr1, ', ', shipTo.addr2)",
    "shipTo.city": "upper(shipTo.city)",
    "shipTo.region": "shipTo.state",
    "shipTo.postal": "substring(shipTo.zip, 0, 5)",
    "shipTo.country": "shipTo.country",
    "glAccount": "account.number",
}
_LINE = {
    "number": "line",
    "sku": "concat('SKU-', item.id)",
    "name": "trim(item.name)",
    "description": "trim(description)",
    "qty": "quantity",
    "unitPrice": "rate",
    "net": "round(quantity * rate, 2)",
    "tax": "round(quantity * rate * taxRate / 100, 2)",
    "taxCode": "lookup('tax', taxCode)",
    "costCenter": "lookup('department', department.id)",
    "gl": "concat(account.number, '-', department.id)",
    "poLine": "poLine",
    "uom": "uom",
    "unitOf": "'each' if uom == 'EA' else 'other'",
}
SPEC: dict[str, Any] = {
    "language": 1,
    "object": "invoice",
    "direction": "in",
    "fields": [
        {"to": "documentType", "const": "INVOICE"},
        {"to": "schemaVersion", "const": 3},
        {"to": "origin", "const": "erp"},
        *({"to": to, "expr": expr} for to, expr in _HEADER.items()),
        {"to": "lines", "each": "item.items", "fields": [{"to": to, "expr": expr} for to, expr in _LINE.items()]},
    ],
}
