"""Tryton ERP over REST: an ERP that owns vendors, orders, receipts, coding lists and payments, and takes invoices in.

Settings: base_url, database, api_key, vendor_category. `company` of every call is the id of a company of the database.

RAW BODIES (what `read`, `fetch` and `Written.body` hold). Ids, amounts and quantities are strings ("5", "12.50", "6"),
days "2026-11-23", flags true/false, whole numbers plain; what the ERP leaves empty is null. {id, code} stands for a
nested record or null.

vendor (id "5"): id, code "V0005", name, active, replaced_by {id}, lang {code}, categories[{id, name}],
    identifiers[{id, type "eu_vat"|"gb_vat"|"us_ein"|…|null, code, active}],
    addresses[{id, street (lines by \\n), city, postal_code, country {id, code "DE"}, subdivision {id, code, name},
    party_name, active, invoice, delivery}], contact_mechanisms[{id, type "email"|"phone"|…, value, name, active}],
    bank_accounts[{id, active, currency {code}, bank {bic, party {name}}, numbers[{id, type "iban"|"other", number
    (an IBAN with blanks), active}]}], supplier_payment_term {id, name}, supplier_currency {id, code},
    account_payable {id, code} (null: the company's default)
account (those a supplier invoice may be coded to): id, code, name, closed, start_date, end_date, parent {id, code},
    party_required, type {id, name, expense, debt}
dimension (an analytic root): id, code "DEPARTMENT", name, active, state "draft"|"running"|"closed",
    values[{id, code, name, active, state, parent {id}}]
tax_code: id, name, description, type "percentage"|"fixed"|"none", rate "0.2" (a fraction), amount, active, start_date,
    end_date, group {id, code}, parent {id}, unece_code "VAT", unece_category_code "S"|"Z"|…|null. No code of its own.
payment_term: id, name, description, active, lines[{id, sequence, type "fixed"|"percent"|"percent_on_total"|"remainder",
    ratio, amount, relativedeltas[{id, days, weeks, months, day}]}]
purchase_order: id, number "PO-00001", revision 0, reference, description, comment,
    state "draft"|"quotation"|"confirmed"|"processing"|"done"|"cancelled", purchase_date, delivery_date,
    currency {id, code}, untaxed_amount, tax_amount, total_amount, invoice_method "manual"|"order"|"fulfillment",
    invoice_state "none"|"pending"|"awaiting payment"|"partially paid"|"paid"|"exception",
    shipment_state "none"|"waiting"|"partially shipped"|"received"|"exception", payment_term {id, name}, company {id},
    party {id, code, name}, lines[{id, sequence, type "line"|"comment"|"title"|"subtotal", description, quantity,
    unit_price, amount, delivery_date, product {id, code, name, type "goods"|"service"|"assets"},
    unit {id, symbol "u", unece_code "C62"}, taxes[{id, name, rate}], analytic_accounts[{id, root {id, code, name},
    account {id, code, name} or null}], received_quantity (less what was sent back), invoiced_quantity (validated on)}]
receipt (id "stock.shipment.in,1" or "stock.shipment.in.return,1"): id "1", kind "receipt"|"return", number, reference
    (the delivery note), state "received"|"done"|"cancelled", effective_date, company {id}, supplier {id, code, name},
    orders[{id, number}], lines[{id, state "draft"|"done"|"cancelled"|…, quantity, signed_quantity ("-2" sent back),
    unit_price, effective_date, currency {id, code}, product {id, code, name}, unit {id, symbol, unece_code},
    order_line {id, sequence, purchase {id, number}} or null}]
invoice: id, type "in", number (the ERP's, null before it is validated), reference (the supplier's number),
    description (begins with our reference where we made it), state "draft"|"validated"|"posted"|"paid"|"cancelled",
    invoice_date, accounting_date, due_date, currency {id, code}, untaxed_amount, tax_amount, total_amount,
    amount_to_pay, is_credit_note (amounts are then negative), is_own_draft (the ERP drafted it for an order),
    payment_blocked, reconciled (day), payment_term {id, name}, company {id}, party {id, code, name},
    journal {id, code}, account {id, code}, move {id, number, date}, cancel_move {id},
    lines[{id, sequence, type, description, quantity, unit_price, amount, product {id, code}, unit {id, symbol},
    account {id, code, name}, taxes[{id, name, rate}], analytic_accounts[as in orders], order_line as in receipts}],
    taxes[{id, base, amount, tax {id, name}}], lines_to_pay[{id, maturity_date, payment_blocked, reconciliation {id}}]
payment (id "account.move.line,7" booked on the invoice, "account.payment,1" of a payment run): id "7", source
    "journal"|"run", number, date, state "posted"|"reversed" (journal), "submitted"|"approved"|"processing"|"succeeded"
    |"failed" (run), reference, method, company {id}, party {id, code, name}, currency {id, code}, amount (negative:
    money came back), discount_amount (what was written off when the payment closed the invoice),
    allocations[{invoice {id, number, reference}, amount, discount}]

WRITE BODIES
invoice, steps create → validate → post → attach: type_code (BT-3; 381 and 396 are credit notes, amounts as on the
    document), party "5", invoice_number, invoice_date, posting_date or null (the invoice date), currency "USD",
    payment_term "10" or null (the vendor's), description or null (after our reference), note or null,
    lines[{description, account "6400" (code), amount (net, of this coding split), quantity or null (1), unit_price or
    null (from the amount), order_line "10" or null, line and line_quantity (of the document's line, where its coding is
    split: the first split then stands for the quantity), taxes ["1"] (ids), dimensions[{dimension "DEPARTMENT",
    value "200"}] (codes)}], files[{name, content (base64)}], trail (text of the approval trail) or null
approval, step note: invoice "12" (id), trail (text)
"""

from __future__ import annotations

from connectors.catalog.tryton.connector import Tryton

__all__ = ["Tryton"]
