"""Which engines there are: one per file of `planner.optimize.engines.backends`, found without loading any of them."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

import planner.optimize.engines.backends as backends
from planner.core.errors import SolverUnavailable

if TYPE_CHECKING:
    from planner.optimize.engines.channel import Channel
    from planner.optimize.engines.protocol import Claim, EngineOptions, Outcome
    from planner.optimize.engines.raw import RawProgram


class Backend(Protocol):
    """What a file of `planner.optimize.engines.backends` offers."""

    @property
    def DISTRIBUTION(self) -> str:
        """Installed package that carries the engine."""

    @property
    def PROOFS(self) -> frozenset[Claim]:
        """What the engine's word is taken for; `Claim.OPTIMAL` stands for its bounds too. Not named: nothing."""

    @property
    def EXACT(self) -> bool:
        """Whether its plans keep the rows as they are given, to its tolerance. Not said: it may loosen them."""

    def version(self) -> str:
        """Load the library and say its version. Raises ImportError or OSError when it cannot be loaded."""

    def refusal(self, program: RawProgram) -> str | None:
        """Why this engine does not take `program`; None when it does."""

    def run(self, program: RawProgram, options: EngineOptions, channel: Channel) -> Outcome:
        """Solve, reporting incumbents and bounds to `channel`. Every bound reported is valid."""


@cache
def engine_names() -> tuple[str, ...]:
    """Names of all engines, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(backends.__path__)))


def known_engine(name: str) -> str:
    """`name` itself. Raises SolverUnavailable when no engine has it."""
    if name not in engine_names():
        raise SolverUnavailable(f"no engine is called {name!r}; there are {', '.join(engine_names())}")
    return name


def load_backend(name: str) -> Backend:
    """The backend of an engine; importing it does not yet load its library."""
    return cast("Backend", import_module(f"planner.optimize.engines.backends.{known_engine(name)}"))


def proofs_of(name: str) -> frozenset[Claim]:
    """What an engine proves; a backend that does not say so proves nothing."""
    return getattr(load_backend(name), "PROOFS", frozenset())


def is_exact(name: str) -> bool:
    """Whether an engine keeps rows as they are given; a backend that does not say so may loosen them."""
    return bool(getattr(load_backend(name), "EXACT", False))
