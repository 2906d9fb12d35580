"""What the building steps share: the connection, the company acted in, and the ids they were given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from proteus import Model  # type: ignore[import-not-found]
from proteus import config as proteus_config

TODAY = dt.datetime.now(dt.UTC).date()


def one(model: str, *domain: Any) -> Any:
    """The first record that matches."""
    return Model.get(model).find(list(domain), limit=1)[0]


def save(model: str, **values: Any) -> Any:
    record = Model.get(model)(**values)
    record.save()
    return record


@dataclass
class Build:
    """`books`: entity → accounts, payable, taxes, dimensions, revenue, method. `facts` is what is handed out."""

    config: Any
    facts: dict[str, Any]
    companies: dict[str, Any] = field(default_factory=dict)
    suppliers: dict[str, Any] = field(default_factory=dict)
    books: dict[str, dict[str, Any]] = field(default_factory=dict)
    items: dict[str, Any] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def start(cls, conf: str, database: str) -> Build:
        config = proteus_config.set_trytond(database=database, user="admin", config_file=conf)
        return cls(config, {"database": database, "built_on": TODAY.isoformat()})

    def note(self, group: str, key: str, value: Any) -> None:
        self.facts.setdefault(group, {})[key] = value

    @contextmanager
    def company(self, key: str) -> Iterator[None]:
        """Acts as the administrator in one company; a record keeps the company it was opened in."""
        admin = Model.get("res.user")(self.config.user)
        admin.company = self.companies[key]
        admin.save()
        self.config._context = Model.get("res.user").get_preferences(True, {})
        yield
