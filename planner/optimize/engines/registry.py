"""Which engines there are: those that ship, one file each, and those that an installed package brings.

A file of `planner.optimize.engines.backends` is an engine of that name. A package brings one of its own by an entry
point of the group `planner.engines`: the engine's name, and the module that offers what `Backend` says. What an
engine is for stands in its module alone: nothing else names one. All are found without loading any solver library.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

import planner.optimize.engines.backends as backends
from planner.core.errors import SolverUnavailable

if TYPE_CHECKING:
    from planner.optimize.engines.channel import HostChannel
    from planner.optimize.engines.protocol import Claim, EngineOptions, Outcome
    from planner.optimize.engines.raw import RawProgram

INSTALLED = "planner.engines"
"""Group of entry points by which installed packages bring engines."""


class Backend(Protocol):
    """What the module of an engine offers; the first five need not be said."""

    @property
    def PROOFS(self) -> frozenset[Claim]:
        """What the engine's word is taken for; `Claim.OPTIMAL` stands for its bounds too. Not named: nothing."""

    @property
    def EXACT(self) -> bool:
        """Whether its plans keep the rows as they are given, to its tolerance. Not said: it may loosen them."""

    @property
    def PROVER(self) -> bool:
        """Whether it is the one engine that proves beside those whose word is no proof. Not said: it is not.

        It takes every program, proves all claims, keeps rows, gives the duals of a program without integers,
        and solves wherever a single engine is wanted and none is named.
        """

    @property
    def SEARCHER(self) -> bool:
        """Whether it is the one engine that finds plans of programs too large for others. Not said: it is not.

        It reads what columns are about (`RawProgram.groups`) and proves nothing, so that the prover runs beside it.
        """

    def race_threads(self, threads: int) -> int:
        """Threads, of `threads` in all, that it works on in a race. Not said: it does not race."""

    @property
    def DISTRIBUTION(self) -> str:
        """Installed package that carries the engine."""

    def version(self) -> str:
        """Load the library and say its version. Raises ImportError or OSError when it cannot be loaded."""

    def refusal(self, program: RawProgram) -> str | None:
        """Why this engine does not take `program`; None when it does."""

    def run(self, program: RawProgram, options: EngineOptions, channel: HostChannel) -> Outcome:
        """Solve, reporting incumbents and bounds to `channel`. Every bound reported is valid."""


@cache
def engine_names() -> tuple[str, ...]:
    """Names of all engines, sorted."""
    return tuple(sorted(_installed() | _shipped()))


def known_engine(name: str) -> str:
    """`name` itself. Raises SolverUnavailable when no engine has it."""
    if name not in _shipped() and name not in _installed():
        raise SolverUnavailable(f"no engine is called {name!r}; there are {', '.join(engine_names())}")
    return name


def load_backend(name: str) -> Backend:
    """The backend of an engine; importing it does not yet load its library.

    Raises SolverUnavailable when there is no such engine, or a package brings a module that cannot be imported.
    """
    # an engine that ships is found without a look at what is installed: its process should start at once
    module = _shipped().get(known_engine(name)) or _installed()[name]
    try:
        return cast("Backend", import_module(module))
    except ImportError as error:
        raise SolverUnavailable(f"engine {name}: its module {module} cannot be imported: {error}") from error


def proofs_of(name: str) -> frozenset[Claim]:
    """What an engine proves; a backend that does not say so proves nothing."""
    return getattr(load_backend(name), "PROOFS", frozenset())


def is_exact(name: str) -> bool:
    """Whether an engine keeps rows as they are given; a backend that does not say so may loosen them."""
    return bool(getattr(load_backend(name), "EXACT", False))


@cache
def prover() -> str:
    """The engine that proves where others do not, and solves where none is named. Raises SolverUnavailable."""
    return _the_one("PROVER", "prover")


@cache
def searcher() -> str:
    """The engine that finds plans of programs too large for others. Raises SolverUnavailable."""
    return _the_one("SEARCHER", "searcher")


def _the_one(trait: str, called: str) -> str:
    found = [name for name in engine_names() if getattr(load_backend(name), trait, False)]
    if len(found) != 1:
        raise SolverUnavailable(f"one engine must be the {called}, not {len(found)}: {', '.join(found)}")
    return found[0]


def racers(threads: int) -> dict[str, int]:
    """The engines that race, sorted by name, and the threads each works on where there are `threads`."""
    shares = {name: getattr(load_backend(name), "race_threads", None) for name in engine_names()}
    return {name: share(threads) for name, share in shares.items() if share is not None}


@cache
def _shipped() -> dict[str, str]:
    """Module by the name of its engine."""
    return {
        found.name: f"{backends.__name__}.{found.name}" for found in pkgutil.iter_modules(backends.__path__)
    }


@cache
def _installed() -> dict[str, str]:
    """The same of what packages bring. A name that ships stays that of the shipped engine."""
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group=INSTALLED)}
