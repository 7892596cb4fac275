"""Tests of the engines' processes: each solve starts its own, and none of another test is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from planner.optimize.engines import engine_names, prover, registry
from tests.warm_engines import WarmEngines

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def engine_processes(warm_engines: WarmEngines) -> None:
    """Nothing waits."""
    warm_engines.close()


@pytest.fixture
def engines_anew(processes_started_anew: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Engines are looked up anew before and after, and by processes too."""
    found = (registry._installed, engine_names, prover)
    for known in found:
        known.cache_clear()
    yield
    monkeypatch.undo()
    for known in found:
        known.cache_clear()
