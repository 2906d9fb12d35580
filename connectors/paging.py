"""Going from page to page without going in circles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import orjson

from connectors.base import Json
from connectors.errors import ContractBroken


class Paged(Protocol):
    """What `Page` and `KeyPage` have in common."""

    @property
    def cursor(self) -> Json | None: ...

    @property
    def more(self) -> bool: ...


P = TypeVar("P", bound=Paged)


def advanced(page: P, before: Json | None) -> P:
    """The page, unless it promises more and leads back to where we were."""
    if page.more and page.cursor == before:
        raise ContractBroken("The system answered a page that leads back to itself. Reading stopped there.")
    return page


def walk(read: Callable[[Json | None], P], cursor: Json | None = None) -> Iterator[P]:
    """Every page from the cursor on; a cursor that comes back, after however many pages, breaks the contract."""
    seen: set[bytes] = set()
    while True:
        seen.add(orjson.dumps(cursor, option=orjson.OPT_SORT_KEYS))
        page = read(cursor)
        yield page
        if not page.more:
            return
        cursor = page.cursor
        if orjson.dumps(cursor, option=orjson.OPT_SORT_KEYS) in seen:
            raise ContractBroken("The system leads its pages in a circle. Reading stopped there.")
