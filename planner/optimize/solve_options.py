"""How to solve: limits, the gap to prove, the engine and the method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.solution import Method
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.engines import EngineOptions
from planner.optimize.engines.matheuristic.parameters import DEFAULTS as MATHEURISTIC_DEFAULTS
from planner.optimize.engines.run import RACE
from planner.plan.contents import RECOMMENDED_GAP

if TYPE_CHECKING:
    from planner.model.signed import Signed
    from planner.optimize.decomposition.parameters import DecompositionParameters
    from planner.optimize.engines.matheuristic.parameters import MatheuristicParameters


@dataclass(frozen=True)
class SolveOptions:
    """How to solve: limits, the gap to prove, the engine and the method.

    `relative_gap` is that of `planner.core.solution`; a plan counts as optimal when it is proven to that gap. One that
    misses it is recommended only up to `recommended_gap` (`Plan.recommended`). `method`
    is `direct` (the whole formulation at once, by `solver`), `decompose` (bound and plan period by period),
    `matheuristic` (plans by parts of the whole formulation, an engine beside it for the bound), or `auto`, which
    chooses by size and contents and says why in the plan. `signed` is a first stage that is decided already.
    `decomposition` holds the parameters of the method `decompose`, for instance
    `planner.DecompositionParameters().override(bound__groups=8000)`, `matheuristic` those of the other.
    """

    time_limit_s: float | None = 60.0
    relative_gap: float = 0.005
    recommended_gap: float = RECOMMENDED_GAP
    solver: str = RACE
    method: Method | str = Method.AUTO
    threads: int = 2
    seed: int = 1
    memory_limit_mb: float | None = None
    signed: Signed | None = None
    decomposition: DecompositionParameters = DEFAULTS
    matheuristic: MatheuristicParameters = MATHEURISTIC_DEFAULTS

    def __post_init__(self) -> None:
        if self.method not in set(Method):
            raise ValueError(f"method must be one of {', '.join(Method)}, not {self.method!r}")
        if not 0.0 <= self.relative_gap <= 1.0:
            raise ValueError(f"relative_gap must lie between 0 and 1, not {self.relative_gap!r}")
        if not 0.0 <= self.recommended_gap <= 1.0:
            raise ValueError(f"recommended_gap must lie between 0 and 1, not {self.recommended_gap!r}")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed must lie between 0 and {2**31 - 1}, not {self.seed!r}")
        if not isinstance(self.decomposition, type(DEFAULTS)):
            raise ValueError(f"decomposition must be DecompositionParameters, not {self.decomposition!r}")
        if not isinstance(self.matheuristic, type(MATHEURISTIC_DEFAULTS)):
            raise ValueError(f"matheuristic must be MatheuristicParameters, not {self.matheuristic!r}")

    @property
    def for_engines(self) -> EngineOptions:
        """What engines are told, but for the time."""
        return EngineOptions(
            time_limit_s=None,
            relative_gap=self.relative_gap,
            threads=self.threads,
            seed=self.seed,
            memory_limit_mb=self.memory_limit_mb,
            matheuristic=self.matheuristic,
        )
