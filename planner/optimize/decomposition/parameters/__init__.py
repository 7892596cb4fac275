"""Every number of the search that trades time against quality, with its meaning, unit and default.

In: nothing. Out: `DecompositionParameters`, passed down from `solve` and to the process of the bound. May not enter:
tolerances that a proof rests on. Those stand in `tolerances.py` beside this folder and can't be overridden, so that no
value here can make a bound false. The generated table of all of them is `PARAMETERS.md`.

>>> parameters = DecompositionParameters().override(bound__groups=8000, run__direct_cells=0)
"""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.optimize.decomposition.parameters.bound import BoundParameters
from planner.optimize.decomposition.parameters.heuristic import HeuristicParameters
from planner.optimize.decomposition.parameters.mixes import MixParameters
from planner.optimize.decomposition.parameters.problem import ProblemParameters
from planner.optimize.decomposition.parameters.run import RunParameters
from planner.optimize.decomposition.parameters.starts import StartsParameters
from planner.optimize.parameters import Parameters

__all__ = [
    "DEFAULTS",
    "BoundParameters",
    "DecompositionParameters",
    "HeuristicParameters",
    "MixParameters",
    "ProblemParameters",
    "RunParameters",
    "StartsParameters",
]


@dataclass(frozen=True)
class DecompositionParameters(Parameters):
    """All parameters of a decomposition, by subroom; those of mixes for availability apart."""

    problem: ProblemParameters = field(default_factory=ProblemParameters)
    bound: BoundParameters = field(default_factory=BoundParameters)
    starts: StartsParameters = field(default_factory=StartsParameters)
    heuristic: HeuristicParameters = field(default_factory=HeuristicParameters)
    mixes: MixParameters = field(default_factory=MixParameters)
    run: RunParameters = field(default_factory=RunParameters)


DEFAULTS = DecompositionParameters()
"""What holds where nobody says otherwise."""
