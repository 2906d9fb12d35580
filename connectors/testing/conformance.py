"""The conformance suite: what every connector must do, picked by what it declares. Needs pytest.

In a test module, one line per system:  `TestTwin = suite("twin_erp", twin_erp_bench)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import pytest

for _module in ("reading", "writing", "failing", "booking"):
    pytest.register_assert_rewrite(f"connectors.testing.{_module}")

from connectors.base import Connector, registered  # noqa: E402
from connectors.testing.bench import Bench  # noqa: E402
from connectors.testing.booking import Booking, Noticing  # noqa: E402
from connectors.testing.failing import Failing, FailingOverHttp, opened  # noqa: E402
from connectors.testing.reading import Reading  # noqa: E402
from connectors.testing.writing import Writing  # noqa: E402

MakeBench = Callable[[], AbstractContextManager[Bench]]
_covered: set[str] = set()


class _Suite:
    connector_class: ClassVar[type[Connector]]
    make_bench: ClassVar[MakeBench]

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls) -> Iterator[Bench]:
        with cls.make_bench() as bench:
            yield bench

    @pytest.fixture(scope="class")
    @classmethod
    def connector(cls, bench: Bench) -> Connector:
        return opened(cls.connector_class, bench)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if (wanted := getattr(metafunc.function, "wanted", None)) is not None:
            specs = [spec for spec in self.connector_class.objects.values() if wanted(spec)]
            metafunc.parametrize("spec", specs, ids=[spec.name for spec in specs])


def suite(key: str, make_bench: MakeBench) -> type:
    """The test class for the registered connector `key`; `make_bench` starts the system under test."""
    cls = registered()[key]
    over_http = (FailingOverHttp,) if cls.base_url_setting else ()
    parts: tuple[type, ...] = (_Suite, Reading, Writing, Failing, *over_http, Booking, Noticing)
    tests = [getattr(part, name) for part in parts for name in vars(part) if name.startswith("test_")]
    body: dict[str, Any] = {test.__name__: None for test in tests if not _called_for(test, cls)}
    body |= {"connector_class": cls, "make_bench": staticmethod(make_bench)}
    _covered.add(key)
    return type(f"Test{key.title().replace('_', '')}", parts, body)


def _called_for(test: Any, cls: type[Connector]) -> bool:
    wanted, only_if = getattr(test, "wanted", None), getattr(test, "only_if", None)
    if wanted is not None:
        return any(wanted(spec) for spec in cls.objects.values())
    return only_if is None or bool(only_if(cls))


def uncovered() -> set[str]:
    """Registered connectors for which no suite was made."""
    return set(registered()) - _covered
