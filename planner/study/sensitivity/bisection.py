"""Break-even: at which value of an input does the decision flip? By bisection over solves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import floor
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import InstanceError
from planner.core.executors.each import each
from planner.optimize.engines import EnginePool
from planner.plan.tables import rows_of
from planner.study.sweeps import CASE_OPTIONS
from planner.study.sweeps.plans import SolveRequest, plan_of, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    import pandas as pd

    from planner.core.executors.protocol import Executor
    from planner.instance import Instance
    from planner.optimize.solve_options import SolveOptions
    from planner.plan.plan import Plan


@dataclass(frozen=True)
class Probe:
    """One solve on the way: the value tried, the decision taken there, and the plan."""

    value: float
    decision: Any
    plan: Plan


@dataclass(frozen=True)
class BreakEven:
    """The interval (`below`, `above`] in which the decision flips, and every solve that led there.

    `flips` is False when the decision is the same at both ends of the range: then the interval is the range.
    """

    path: str
    below: float
    above: float
    decision_below: Any
    decision_above: Any
    flips: bool
    probes: tuple[Probe, ...]

    def frame(self) -> pd.DataFrame:
        """One row a solve, by value: value, cost, bound, gap, status, decision."""
        import pandas as pd

        rows = [
            (
                probe.value,
                probe.plan.cost,
                probe.plan.bound,
                probe.plan.gap,
                str(probe.plan.status),
                probe.decision,
            )
            for probe in sorted(self.probes, key=lambda probe: probe.value)
        ]
        return pd.DataFrame(rows, columns=["value", "cost", "bound", "gap", "status", "decision"])


def channels_held(plan: Plan) -> frozenset[str]:
    """The decision that is watched when none is named: which channels hold any node; empty without a plan."""
    return frozenset(
        f"{row['hardware']}.{row['channel']}" for row in rows_of(plan, "fleet") if row["nodes_peak"]
    )


def holds(channel: str) -> Callable[[Plan], bool]:
    """The decision whether `hardware.channel` holds any node, for `break_even`."""
    return lambda plan: channel in channels_held(plan)


def break_even(
    instance: Instance,
    path: str,
    low: float,
    high: float,
    decision: Callable[[Plan], Hashable] = channels_held,
    tolerance: float = 0.01,
    options: SolveOptions = CASE_OPTIONS,
    executor: Executor | None = None,
) -> BreakEven:
    """Narrow the flip of a decision down to `tolerance` of the range low..high.

    `decision` reads a plan and says what was decided; the same answer means no flip. When a decision flips
    more than once in the range, one of the flips is found. Near a flip both decisions cost nearly the same,
    so a gap in `options` blurs it by as much: ask for a small gap where the flip matters. On an `executor`
    the interval is cut in as many places at once as it has workers.

    Ends that are whole numbers, of a figure that takes no others, are narrowed down to neighbours. Raises ValueError
    when low is not below high or the tolerance not above 0, InstanceError when a value does not fit.
    """
    if not low < high:
        raise ValueError(f"low {low} is not below high {high}")
    if not tolerance > 0:
        raise ValueError(f"tolerance {tolerance} is not above 0")
    with EnginePool(1) as pool:
        search = _Bisection(instance, path, (low, high), decision, side_by_side(options), executor, pool)
        below, above = search.probe(low, high)
        flips = below.decision != above.decision
        while flips and above.value - below.value > tolerance * (high - low):
            between = search.between(below.value, above.value)
            if not between:
                break
            inner = search.probe(*between)
            line = [below, *inner, above]
            place = next(place for place, probe in enumerate(line) if probe.decision != below.decision)
            below, above = line[place - 1], line[place]
    return BreakEven(
        path, below.value, above.value, below.decision, above.decision, flips, tuple(search.probes)
    )


class _Bisection:
    """Solves at values of the input, each from the plan of the nearest value known."""

    def __init__(
        self,
        instance: Instance,
        path: str,
        ends: tuple[float, float],
        decision: Callable[[Plan], Hashable],
        options: SolveOptions,
        executor: Executor | None,
        pool: EnginePool,
    ) -> None:
        self._instance, self._path, self._decision = instance, path, decision
        self._options, self._executor = options, executor
        self._solve = plan_of if executor is not None else partial(plan_of, pool=pool)
        self._width = 1 if executor is None else executor.workers
        self._whole = _takes_whole_numbers_alone(instance, path, ends)
        self.probes: list[Probe] = []

    def between(self, below: float, above: float) -> list[float]:
        """Values to try next, each strictly between two; none where there is none."""
        values = np.linspace(below, above, self._width + 2)[1:-1].tolist()
        rounded = [floor(value) for value in values] if self._whole else values
        return [value for value in dict.fromkeys(rounded) if below < value < above]

    def probe(self, *values: float) -> list[Probe]:
        """The decisions at some values, in their order."""
        questions = [
            SolveRequest(self._instance.override({self._path: value}), self._options, self._near(value))
            for value in values
        ]
        plans = each(self._solve, questions, self._executor)
        found = [Probe(value, self._decision(plan), plan) for value, plan in zip(values, plans, strict=True)]
        self.probes += found
        return found

    def _near(self, value: float) -> Plan | None:
        usable = [probe for probe in self.probes if probe.plan.usable]
        return min(usable, key=lambda known: abs(known.value - value)).plan if usable else None


def _takes_whole_numbers_alone(instance: Instance, path: str, ends: tuple[float, float]) -> bool:
    """Whether the ends are whole numbers and the instance refuses one between them that is none."""
    if not all(isinstance(end, int) for end in ends):
        return False
    try:
        instance.override({path: ends[0] + 0.5})
    except InstanceError:
        return True
    return False
