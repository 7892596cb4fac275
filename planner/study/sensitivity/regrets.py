"""Regret: the fleet made for case i where case j occurs, against the least cost of j.

    cost[i, j]   = cheapest cost in case j with what was committed for case i
    regret[i, j] = cost[i, j] - cost[j, j]

Savage, "The theory of statistical decision", Journal of the American Statistical Association 46 (1951) 55-67.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.core.errors import ExitCode, PlannerError
from planner.model.signed import signed_from
from planner.study.commitments import first_stage_channels, limits_say_all
from planner.study.sweeps import CASE_OPTIONS, sweep
from planner.study.sweeps.rows import raise_refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.optimize.solve_options import SolveOptions
    from planner.study.sweeps.case import Inputs


class NoPlan(PlannerError):
    """A case has no plan of its own, so there is no fleet to commit for it."""

    exit_code = ExitCode.INFEASIBLE


@dataclass(frozen=True)
class Regret:
    """Costs where case j (column) occurs with the fleet committed for case i (row); inf: there is no plan.

    `fleet` holds the nodes that each case signs at their peak, one column a channel. `least` is the proven bound of
    what each case costs with the fleet that fits it. `gap` is the largest gap of all solves: differences
    below that share of the cost mean nothing.
    """

    cost: pd.DataFrame
    fleet: pd.DataFrame
    least: pd.Series[float]
    gap: float

    @property
    def matrix(self) -> pd.DataFrame:
        """Regret of plan i in case j, regret[i, j], in the currency of the instance."""
        return self.cost - np.diag(self.cost.to_numpy())

    def minimax(self) -> str:
        """The case whose fleet has the smallest largest regret."""
        return str(self.matrix.max(axis=1).idxmin())

    def expected(self, probabilities: Mapping[str, float] | None = None) -> pd.Series[float]:
        """Expected cost of each fleet; cases are equally likely unless stated otherwise.

        Raises ValueError when the probabilities do not name the cases or do not add up to 1.
        """
        return (self.cost * self._weights(probabilities)).sum(axis=1)

    def value_of_information(self, probabilities: Mapping[str, float] | None = None) -> float:
        """What knowing the case before committing would save on average, at most.

        The best of these fleets against the proven bound of each case (expected value of perfect information;
        Raiffa and Schlaifer, *Applied Statistical Decision Theory*, 1961, ch. 4). A fleet made for no single
        case may do better than all of these, so the true value is no larger. For scenarios of demand
        `planner.study.uncertainty.worth` finds that fleet, and with it the value itself.
        """
        return float(self.expected(probabilities).min() - (self.least * self._weights(probabilities)).sum())

    def _weights(self, probabilities: Mapping[str, float] | None) -> pd.Series[float]:
        names = list(self.cost.columns)
        if probabilities is None:
            return pd.Series(1.0 / len(names), index=names)
        if set(probabilities) != set(names) or abs(sum(probabilities.values()) - 1.0) > 1e-9:
            raise ValueError(f"give a probability for each of {', '.join(names)}, adding up to 1")
        return pd.Series(dict(probabilities))[names]


def regret(
    instance: Instance, cases: Mapping[str, Inputs], options: SolveOptions = CASE_OPTIONS, **how: Any
) -> Regret:
    """Commit the best fleet of each case, then live in every other case with it.

    Committed is what `planner worth` commits before a scenario is known: nodes bought, leased, reserved or kept,
    contracts and capacity blocks, each over its own periods, commitments to spend, and which unit does a work
    that may not be split. All else is recourse and is decided anew in each case: hired nodes, vendors, schedules,
    shedding. Where a case does not offer a fleet there is no plan. `how` goes to `planner.sweep`. Raises
    NoPlan when a case has no plan of its own.
    """
    own = sweep(instance, list(cases.values()), options, tell_signed=True, **how)
    raise_refused(own)
    for name, row in zip(cases, own.to_dict("records"), strict=True):
        if pd.isna(row["cost"]):
            raise NoPlan(f"case {name} has no plan: {row['reason']}")
    fleet = _nodes(own, first_stage_channels(instance), list(cases))
    asked = [instance.override(inputs) for inputs in cases.values()]
    alike = all(first_stage_channels(one) == first_stage_channels(instance) for one in asked)
    if alike and all(limits_say_all(one) for one in asked):
        limits = [_committed(dict(zip(fleet.columns, row, strict=True))) for row in fleet.to_numpy().tolist()]
        lived = sweep(
            instance, [inputs | held for held in limits for inputs in cases.values()], options, **how
        )
    else:
        stages = [signed_from(json.loads(text)) for text in own["signed"]]
        again = [dict(inputs) for _ in stages for inputs in cases.values()]
        signed = [stage for stage in stages for _ in cases]
        lived = sweep(instance, again, options, signed=signed, **how)
    raise_refused(lived)
    costs = lived["cost"].astype(float).fillna(np.inf).to_numpy().reshape(len(cases), len(cases))
    gap = float(pd.concat([own["gap"], lived["gap"]]).max())
    least = pd.Series(own["bound"].astype(float).to_numpy(), index=list(cases))
    return Regret(pd.DataFrame(costs, index=list(cases), columns=list(cases)), fleet, least, gap)


def _nodes(own: pd.DataFrame, channels: list[str], names: list[str]) -> pd.DataFrame:
    """Nodes at their peak that the plan of each case signs, one column a channel."""
    none = pd.Series(0.0, index=own.index)
    nodes = {name: own.get(f"nodes.{name}", none).fillna(0.0).astype(int).tolist() for name in channels}
    return pd.DataFrame(nodes, index=names, columns=channels)


def _committed(nodes: dict[str, int]) -> Inputs:
    """Overrides that hold each firm channel at its nodes."""
    limits: Inputs = {}
    for channel, count in nodes.items():
        limits |= {f"fleet.{channel}.min_nodes": count, f"fleet.{channel}.max_nodes": count}
    return limits
