"""From the codes people use to the ids of one company's books: currency, accounts, dimensions, order lines, payee."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Json
from connectors.catalog.tryton.rest import Domain, Rest
from connectors.errors import DataRejected, Fatal


@dataclass(frozen=True)
class Payee:
    """What an invoice needs to know of its vendor."""

    address: int
    payable: int
    term: int | None


@dataclass
class Codes:
    """Looks up what one document needs. A code that is unknown is refused by its own field."""

    rest: Rest

    @property
    def company(self) -> int:
        if self.rest.company is None:
            raise Fatal("No company is chosen for this connection. Bind the entity to a company of the ERP.")
        return self.rest.company

    def currency(self, code: str) -> int:
        found = self.rest.find("currency.currency", [["code", "=", code], ["active", "=", True]], ("id",))
        if not found:
            raise DataRejected(f"The ERP does not know the currency {code}. Have it set up there.", field="currency")
        return int(found[0]["id"])

    def digits(self, currency: int) -> int:
        return int(self.rest.by_ids("currency.currency", [str(currency)], ("digits",))[str(currency)]["digits"])

    def accounts(self, codes: Iterable[str]) -> dict[str, int]:
        wanted = sorted(set(codes))
        found = self._own("account.account", [["code", "in", wanted], ["closed", "!=", True]], "code")
        ids = {one["code"]: int(one["id"]) for one in found}
        for code in wanted:
            if code not in ids:
                raise DataRejected(
                    f"The ERP has no open account {code or '(empty)'} in this company. Choose another account.",
                    field="lines.account",
                )
        return ids

    def dimensions(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Json]:
        """(dimension code, value code) → the analytic entry {root, account}."""
        wanted = sorted(set(pairs))
        codes = [["root.code", "in", [root for root, _ in wanted]], ["code", "in", [value for _, value in wanted]]]
        found = self._own("analytic_account.account", [*codes, ["type", "=", "normal"]], "code", "root.code")
        ids = {
            (one["root"]["code"], one["code"]): {"root": int(one["root"]["id"]), "account": int(one["id"])}
            for one in (found if wanted else [])
        }
        for root, value in wanted:
            if (root, value) not in ids:
                raise DataRejected(
                    f"The ERP has no value {value} in the dimension {root}. Choose another value.",
                    field="lines.dimensions",
                )
        return ids

    def order_lines(self, ids: Sequence[str]) -> dict[str, Json]:
        """Order line id → {purchase: {id, invoice_method}, product, unit, taxes}."""
        fields = ("purchase.invoice_method", "product.id", "unit.id", "taxes.id")
        found = self.rest.by_ids("purchase.line", ids, fields, [["purchase.company", "=", self.company]])
        for one in ids:
            if one not in found:
                raise DataRejected(
                    "An order line this invoice was matched to is no longer in the ERP. Match the invoice again.",
                    field="lines.order_line",
                )
        return found

    def payee(self, party: str) -> Payee:
        fields = ("addresses.active", "addresses.invoice", "account_payable.id", "supplier_payment_term.id", "active")
        found = self.rest.by_ids("party.party", [party], fields).get(party)
        if found is None or not found["active"]:
            raise DataRejected("The vendor is no longer active in the ERP. Choose another vendor.", field="party")
        addresses = sorted((one for one in found["addresses"] if one["active"]), key=lambda one: not one["invoice"])
        if not addresses:
            raise DataRejected("The vendor has no address in the ERP. Have one added there.", field="party")
        return Payee(int(addresses[0]["id"]), self._payable(found), _id(found["supplier_payment_term"]))

    def journal(self) -> int:
        found = self.rest.find("account.journal", [["type", "=", "expense"], ["active", "=", True]], ("id",), limit=1)
        if not found:
            raise Fatal("The ERP has no journal for supplier invoices. Have one of type expense set up there.")
        return int(found[0]["id"])

    def _payable(self, party: Json) -> int:
        own = _id(party["account_payable"])
        if own is not None:
            return own
        config = self.rest.find("account.configuration", [], ("default_account_payable.id",), limit=1)
        default = _id(config[0]["default_account_payable"]) if config else None
        if default is None:
            raise Fatal("The ERP has no default account for payables in this company. Have it set up there.")
        return default

    def _own(self, model: str, conditions: Domain, *fields: str) -> list[Json]:
        return self.rest.find(model, [["company", "=", self.company], *conditions], fields)


def _id(nested: Any) -> int | None:
    return int(nested["id"]) if nested else None
