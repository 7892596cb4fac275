"""Break-even: at which value of an input does the decision flip? By bisection over solves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planner.engines import EnginePool
from planner.pipeline import solve
from planner.plan_tables import fleet_rows
from planner.sweeps import CASE_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    import pandas as pd

    from planner.instance import Instance
    from planner.pipeline import SolveOptions
    from planner.plan import Plan


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
    return frozenset(f"{row['hardware']}.{row['channel']}" for row in fleet_rows(plan) if row["nodes_peak"])


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
) -> BreakEven:
    """Narrow the flip of a decision down to `tolerance` of the range low..high.

    `decision` reads a plan and says what was decided; the same answer means no flip. When a decision flips
    more than once in the range, one of the flips is found. Near a flip both decisions cost nearly the same,
    so a gap in `options` blurs it by as much: ask for a small gap where the flip matters.

    Raises ValueError when low is not below high, InstanceError when a value does not fit.
    """
    if not low < high:
        raise ValueError(f"low {low} is not below high {high}")
    one_thread = replace(options, threads=1)
    probes: list[Probe] = []
    with EnginePool(1) as pool:

        def probe(value: float) -> Probe:
            near = min(probes, key=lambda known: abs(known.value - value)).plan if probes else None
            start = near if near is not None and near.usable else None
            plan = solve(instance.override({path: value}), one_thread, start=start, pool=pool)
            probes.append(Probe(value, decision(plan), plan))
            return probes[-1]

        below, above = probe(low), probe(high)
        flips = below.decision != above.decision
        while flips and above.value - below.value > tolerance * (high - low):
            middle = probe((below.value + above.value) / 2)
            if middle.decision == below.decision:
                below = middle
            else:
                above = middle
    return BreakEven(path, below.value, above.value, below.decision, above.decision, flips, tuple(probes))
