"""Engines: a linear program goes in, a `Solution` that is never flattered comes out.

Each engine runs in a process of its own that loads one solver library. Importing this package loads none of
them; its names are resolved on first use, so that an engine process does not pay for the host's imports.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.optimize.engines.installed import versions
    from planner.optimize.engines.pool import EnginePool
    from planner.optimize.engines.program import IndexedProgram, LinearProgram, from_pulp, program_of
    from planner.optimize.engines.protocol import CancelToken, EngineOptions, Event
    from planner.optimize.engines.registry import engine_names, prover, searcher
    from planner.optimize.engines.run import confirmed_alone, solve

_HOMES = {
    "CancelToken": "protocol",
    "EngineOptions": "protocol",
    "EnginePool": "pool",
    "Event": "protocol",
    "IndexedProgram": "program",
    "LinearProgram": "program",
    "confirmed_alone": "run",
    "engine_names": "registry",
    "from_pulp": "program",
    "program_of": "program",
    "prover": "registry",
    "searcher": "registry",
    "solve": "run",
    "versions": "installed",
}

__all__ = [
    "CancelToken",
    "EngineOptions",
    "EnginePool",
    "Event",
    "IndexedProgram",
    "LinearProgram",
    "confirmed_alone",
    "engine_names",
    "from_pulp",
    "program_of",
    "prover",
    "searcher",
    "solve",
    "versions",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
