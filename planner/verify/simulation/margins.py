"""What a plan attains where demand or the speed of units is another than planned: one replay for each pair of both.

Replays of a table draw the same requests, so that cells differ by what they are asked and not by chance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.verify.simulation.replaying import ReplayOptions, simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.verify.simulation.measures import Replay

LOADS = (0.9, 0.95, 1.0, 1.05, 1.1)
"""Demand over the forecast, where nobody says otherwise."""
NEAR = 1e-3
"""Ends of a band so near to what is planned with are that."""


def rates_of_band(plan: Plan) -> tuple[float, ...]:
    """Speed of units over the planned one: the ends of the widest band of a unit in use, and half of the way."""
    low = min((one.band_low for one in plan.units if one.band_low is not None), default=1.0)
    high = max((one.band_high for one in plan.units if one.band_high is not None), default=1.0)
    found = [(1.0 + low) / 2.0, low] if low < 1.0 - NEAR else []
    found += [(1.0 + high) / 2.0, high] if high > 1.0 + NEAR else []
    return tuple(sorted({1.0, *(round(one, 3) for one in found)}))


@dataclass(frozen=True)
class MarginCell:
    """What is attained at a load and a rate over the planned ones.

    `broken` of `periods` periods break a promise, in all `worst` misses most: `share` of the requests of `workload`
    in a period kept what was promised to `quantile` of them. `verdict` is that of the replay.
    """

    load: float
    rate: float
    verdict: str
    broken: int
    periods: int
    workload: str
    measure: str
    quantile: float
    share: float

    @property
    def short(self) -> float:
        """Share of requests that were promised it and did not have it, below 0 where more had it."""
        return self.quantile - self.share


@dataclass(frozen=True)
class MarginTable:
    """Cells by load and rate, all loads of a rate one after the other."""

    instance: str
    loads: tuple[float, ...]
    rates: tuple[float, ...]
    cells: tuple[MarginCell, ...]

    def at(self, load: float, rate: float) -> MarginCell:
        """The cell of a pair."""
        return next(one for one in self.cells if (one.load, one.rate) == (load, rate))

    def frame(self) -> pd.DataFrame:
        """One row a cell."""
        import pandas as pd

        return pd.DataFrame([{**vars(one), "short": one.short} for one in self.cells])


def margin_table(
    instance: Instance,
    plan: Plan,
    options: ReplayOptions | None = None,
    loads: Sequence[float] = LOADS,
    speeds: Sequence[float] | None = None,
    rates: Rates | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> MarginTable:
    """Replay a plan at every pair of a load and a speed of units; absent, the speeds are those of the rates' band.

    Load and rate of `options` multiply those. Raises InstanceError as `simulate` does.
    """
    options = options or ReplayOptions()
    speeds = rates_of_band(plan) if speeds is None else tuple(speeds)
    cells: list[MarginCell] = []
    for speed in speeds:
        for load in loads:
            lived = replace(options.lived, load=options.lived.load * load)
            asked = replace(options, lived=lived, rate=options.rate * speed)
            begun = len(cells)

            def report(share: float, begun: int = begun) -> None:
                if on_progress is not None:
                    on_progress((begun + share) / (len(speeds) * len(loads)))

            replay = simulate(instance, plan, options=asked, rates=rates, on_progress=report)
            cells.append(_cell(load, speed, replay))
    return MarginTable(plan.instance, tuple(loads), tuple(speeds), tuple(cells))


def _cell(load: float, rate: float, replay: Replay) -> MarginCell:
    promises = [(entry.workload, one) for entry in replay.workloads for one in entry.promises]
    if not promises:
        raise InstanceError([Fault("nothing is promised: give sla or deferral", "workloads")])
    workload, worst = max(promises, key=lambda pair: pair[1].quantile - min(pair[1].share))
    broken = [any(not one.kept[place] for _, one in promises) for place in range(len(replay.periods))]
    return MarginCell(
        load=load,
        rate=rate,
        verdict=replay.verdict,
        broken=sum(broken),
        periods=len(replay.periods),
        workload=workload,
        measure=worst.measure,
        quantile=worst.quantile,
        share=min(worst.share),
    )
