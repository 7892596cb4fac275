"""Tests of the engines' processes: each solve starts its own, and none of another test is about."""

from __future__ import annotations

import pytest

from tests.warm_engines import WarmEngines


@pytest.fixture(autouse=True)
def engine_processes(warm_engines: WarmEngines) -> None:
    """Nothing waits."""
    warm_engines.close()
