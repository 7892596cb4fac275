"""One service for the tests that leave no trace in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.app.service.server import Server, served

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("service") / "jobs.sqlite") as running:
        yield running
