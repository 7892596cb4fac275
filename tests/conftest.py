"""Set-up that tests of several rooms share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import planner
from planner.core.executors.local import LocalExecutor
from tests.examples import INSTANCES


@pytest.fixture(scope="session")
def executor() -> Iterator[LocalExecutor]:
    """Two worker processes."""
    with LocalExecutor(workers=2) as place:
        yield place


@pytest.fixture(scope="session")
def tiny() -> planner.Instance:
    """The hand-worked instance."""
    return planner.load(INSTANCES / "tiny.yaml")
