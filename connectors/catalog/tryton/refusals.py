"""What the ERP's refusals mean, in words for a person who may never have seen the ERP."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from connectors.base import Answer
from connectors.errors import AuthenticationFailed, DataRejected, Fatal

_NAMED = re.compile(r'"([^"]{1,120})"')
_KNOWN: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), sentence, field)
    for pattern, sentence, field in (
        (
            r"similar|same reference",
            "The ERP already holds an invoice of this vendor with the same number. Compare the two before going on.",
            "invoice_number",
        ),
        (
            r"period|fiscal ?year",
            "The accounting period of this date is closed or missing in the ERP. "
            "Change the posting date or have the period opened.",
            "posting_date",
        ),
        (
            r"in the future|future date",
            "The ERP does not accept an invoice date in the future. Check the date of the invoice.",
            "issue_date",
        ),
        (
            r"IBAN",
            "The ERP does not accept the bank account number. Check it against the vendor's own document.",
            "financial_accounts",
        ),
        (
            r"default taxes",
            "The ERP expects other taxes for this product. Correct the tax of the line, or the product's tax there.",
            "lines.taxes",
        ),
        (
            r"you can not call|can not modify|cannot modify",
            "The ERP does not allow this in the record's present state. Look at the record there before going on.",
            "",
        ),
        (
            r"you must define|you must set",
            "A setting that this invoice needs is missing in the ERP, for example an account for exchange differences. "
            "Have it completed there.",
            "",
        ),
        (
            r"blocked",
            "The ERP holds this item blocked for payment. Release it there before going on.",
            "",
        ),
    )
)


def refused(path: str, answer: Answer) -> NoReturn:
    """Raises what an answer of 400, 404 or another unexpected status stands for."""
    model = path.partition("/")[0]
    if answer.status == 404:
        raise DataRejected(
            "The record is no longer in the ERP, or the connection's user may not see it. Refresh and try again.",
            detail=f"404 {path}",
            status=404,
        )
    if answer.status == 400:
        message = _message(answer)
        if "within groups" in message.lower():
            raise AuthenticationFailed(
                "The ERP's user of this connection lacks a right it needs there. Have it put into the right groups.",
                detail=f"{model}: {message}",
                status=400,
            )
        raise _rejected(model, message)
    raise Fatal(
        f"The ERP answered with the unexpected status {answer.status}. "
        "Check that the address of the connection is the ERP's own and that its version is supported.",
        detail=f"{path}: {answer.content[:300]!r}",
        status=answer.status,
    )


def _rejected(model: str, message: str) -> DataRejected:
    detail = f"{model}: {message}"
    for pattern, sentence, field in _KNOWN:
        if pattern.search(message):
            return DataRejected(sentence, field=field, detail=detail, status=400)
    named = _NAMED.findall(message)
    about = f' It names "{named[0]}".' if named else ""
    return DataRejected(
        f"The ERP refuses this record because a value does not fit its rules.{about} "
        "Correct the value at its source or in the mapping, then try again.",
        detail=detail,
        status=400,
    )


def _message(answer: Answer) -> str:
    """The text of a business error; the ERP sends some as JSON and a few as a page."""
    try:
        body: Any = json.loads(answer.content)
    except ValueError:
        return re.sub(r"<[^>]+>", " ", answer.content.decode(errors="replace"))[:500]
    if not isinstance(body, Mapping):
        return str(body)[:500]
    return " ".join(str(body[name]) for name in ("message", "description") if body.get(name))
