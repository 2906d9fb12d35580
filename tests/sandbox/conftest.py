"""One stand-in process for all tests of this folder, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.launch import Running
from tests.sandbox.sandbox_api import Api


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    with Running("--memory") as process:
        yield process


@pytest.fixture
def api(running: Running) -> Api:
    running.control.reset()
    return Api(running.base_url, running.control)
