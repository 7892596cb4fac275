"""The matheuristic: finds plans of whole programs by parts, which HiGHS solves in its process, and proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.optimize.engines.protocol import Claim, Outcome

if TYPE_CHECKING:
    from planner.optimize.engines.channel import HostChannel
    from planner.optimize.engines.protocol import EngineOptions
    from planner.optimize.engines.raw import RawProgram

DISTRIBUTION = "highspy"
PROOFS = frozenset[Claim]()
EXACT = True
SEARCHER = True


def version() -> str:
    """Version of the HiGHS that solves the parts."""
    import highspy

    return str(highspy.Highs().version())


def refusal(program: RawProgram) -> str | None:
    """It takes programs with integers."""
    return None if program.integer.any() else "the matheuristic is for programs with integers"


def run(program: RawProgram, options: EngineOptions, channel: HostChannel) -> Outcome:
    """Search until the host needs no better plan; see `Backend.run`."""
    from planner.optimize.engines.matheuristic.parameters import DEFAULTS
    from planner.optimize.engines.matheuristic.search import MatheuristicSearch
    from planner.optimize.engines.matheuristic.structure import ProgramStructure

    search = MatheuristicSearch(
        ProgramStructure(program), channel, options.matheuristic or DEFAULTS, options.seed
    )
    search.run(options.hint)
    limit = "interrupt" if channel.interrupted else "time" if search.late else None
    return Outcome(values=search.best, limit=limit)
