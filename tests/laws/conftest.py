"""An engine that stays warm for a module of laws, and no longer: other tests count the processes they leave."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.laws.solving import warm_engine


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    with warm_engine():
        yield
