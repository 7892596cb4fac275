"""What came of plans made on the past: cost, unserved demand and regret of each safety, and which was worth it.

regret = cost lived - cost of the plan that knew what would come
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from planner.study.backtesting.safeties import PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class LivedHorizon:
    """One horizon lived with what a plan had signed for it; money in the currency of the instance.

    `planned_cost` is what the plan expected, `cost` what came, `unserved_cost` the part of it for demand that was not
    served within the service level, `breach_share` its share of the tokens (requests) of the workload, `gap` that of
    what was lived: more of the cost than this share could not have been saved. `nodes_signed` are those held by
    commitment at their peak.
    """

    begins: str
    safety: str
    nodes_signed: float
    planned_cost: float
    cost: float
    unserved_cost: float
    breach_share: float
    gap: float
    hindsight_cost: float
    hindsight_gap: float

    @property
    def regret(self) -> float:
        """Cost above that of the plan in hindsight."""
        return self.cost - self.hindsight_cost


@dataclass(frozen=True)
class BacktestOutcome:
    """All horizons lived, by safety and then in time; safeties left out, with why; what else is to be known."""

    lived: tuple[LivedHorizon, ...]
    left_out: dict[str, str]
    notes: tuple[str, ...]

    @property
    def horizons(self) -> int:
        """Number of horizons that each safety lived through."""
        return len({one.begins for one in self.lived})

    def frame(self) -> pd.DataFrame:
        """One row for each safety and horizon."""
        names = list(LivedHorizon.__dataclass_fields__)
        rows = [[*(getattr(one, name) for name in names), one.regret] for one in self.lived]
        return pd.DataFrame(rows, columns=[*names, "regret"])

    def by_safety(self) -> pd.DataFrame:
        """Means over the horizons by safety, with the largest regret of one; in the order of the safeties."""
        groups = self.frame().groupby("safety", sort=False)
        means = groups.mean(numeric_only=True)
        means["largest_regret"] = groups["regret"].max()
        return means

    def verdict(self) -> str:
        """Which safety was worth it, in a sentence."""
        table = self.by_safety()
        costs, unserved = (table[name].astype(float) for name in ("cost", "breach_share"))
        plain, best = costs[PLAIN], str(costs.idxmin())
        saved = plain - costs[best]
        noise = max(one.gap for one in self.lived) * plain
        if len(table) == 1:
            return "no safety was tried beside the forecast"
        if saved <= noise:
            return (
                "no safety was worth it: none cost less than planning on the forecast alone by more than the gap "
                f"of the solves leaves open ({noise / plain if plain > 0 else 0.0:.2%})"
            )
        said = f"{best} was worth it: {saved / plain:.2%} cheaper than planning on the forecast alone"
        if unserved[[PLAIN, best]].max() > 0:
            said += f", {unserved[best]:.3%} not served instead of {unserved[PLAIN]:.3%}"
        return said


def outcome_of(
    lived: Sequence[LivedHorizon], order: Sequence[str], left_out: dict[str, str], notes: Sequence[str]
) -> BacktestOutcome:
    """The outcome, its horizons by safety in an order and then in time."""
    sorted_ = sorted(lived, key=lambda one: (order.index(one.safety), one.begins))
    return BacktestOutcome(tuple(sorted_), left_out, tuple(notes))
