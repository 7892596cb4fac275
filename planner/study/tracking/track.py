"""Track a plan: what was held, used, paid and done in the periods that bills cover, and why that is not the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.core.units import SECONDS_PER_HOUR
from planner.instance import Phase
from planner.instance.demand_series import demand_of
from planner.study.tracking.grid import PlanGrid
from planner.study.tracking.happened import DemandThatCame, with_demand
from planner.study.tracking.outturn import Outturn, outturn_of
from planner.study.tracking.planned import PlannedCourse, planned_course
from planner.study.tracking.promises import TrackedPromise, tracked_promises
from planner.study.tracking.variance import CAUSES, HardwareVariance, variances

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.loader.usage.bill_line import BillLine, NodeSample
    from planner.loader.usage.latencies import LatencySeries
    from planner.plan.plan import Plan
    from planner.study.backtesting.history import DemandHistory

    Key = tuple[str, str]

OTHER = "other"
"""Cause of what is paid for anything but nodes."""


@dataclass(frozen=True)
class TrackedWork:
    """Tokens (requests) of a work that the plan serves and that were done, in the periods compared."""

    workload: str
    phase: str
    planned: float
    actual: float


@dataclass(frozen=True)
class TrackedHours:
    """Node-hours held of a channel and their cost, planned and actual, in the periods compared."""

    hardware: str
    channel: str
    planned_hours: float
    actual_hours: float
    planned_cost: float
    actual_cost: float


@dataclass(frozen=True)
class Tracking:
    """A plan beside what happened in the periods `covered`, shape [period]; money in the currency of the plan.

    `terms` is what else bills tell, planned and actual, by line of the cost. The parts of `by_cause` add up to the
    difference of the cost.
    """

    plan: Plan
    instance: Instance
    grid: PlanGrid
    planned: PlannedCourse
    outturn: Outturn
    came: DemandThatCame
    hours: tuple[TrackedHours, ...]
    works: tuple[TrackedWork, ...]
    terms: dict[str, tuple[float, float]]
    variances: tuple[HardwareVariance, ...]
    promises: tuple[TrackedPromise, ...]
    notes: tuple[str, ...]

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Whether a period is compared, shape [period]."""
        return self.outturn.covered

    @property
    def planned_cost(self) -> float:
        """What the periods compared cost by the plan, of what the bills tell."""
        return sum(one.planned_cost for one in self.hours) + sum(was for was, _ in self.terms.values())

    @property
    def actual_cost(self) -> float:
        """What they cost by the bills."""
        return sum(one.actual_cost for one in self.hours) + sum(now for _, now in self.terms.values())

    @property
    def by_cause(self) -> dict[str, float]:
        """Difference of the cost by cause."""
        causes = {cause: sum(float(one.by_cause[cause].sum()) for one in self.variances) for cause in CAUSES}
        return causes | {OTHER: sum(now - was for was, now in self.terms.values())}

    def frame(self) -> pd.DataFrame:
        """One row for each hardware and period compared: nodes planned and actual, and the difference by cause."""
        rows = []
        for one in self.variances:
            keys = [key for key in self.planned.nodes if key[0] == one.hardware]
            was, now = (
                np.sum([nodes[key] for key in keys], axis=0)
                for nodes in (self.planned.nodes, self.outturn.nodes)
            )
            use = self.outturn.use[one.hardware]
            columns = (was, now, use.planned, use.used, use.down, *one.by_cause.values(), one.total)
            for period in np.flatnonzero(self.covered).tolist():
                cells = [float(column[period]) for column in columns]
                rows.append((self.plan.periods[period], one.hardware, *cells))
        names = ("nodes_planned", "nodes_held", "nodes_used_planned", "nodes_used", "nodes_down")
        return pd.DataFrame(rows, columns=["period", "hardware", *names, *CAUSES, "difference"])


def track(
    plan: Plan,
    instance: Instance,
    lines: Sequence[BillLine],
    samples: Sequence[NodeSample] = (),
    histories: Mapping[str, DemandHistory] | None = None,
    latencies: Mapping[str, Sequence[LatencySeries]] | None = None,
) -> Tracking:
    """Compare a plan with lines of bills, samples of nodes, and the demand and latencies of workloads.

    Raises InstanceError where the plan cannot be compared by channel and period, or what is told is of another time.
    """
    grid = PlanGrid.of(plan)
    planned = planned_course(plan, instance)
    outturn = outturn_of(grid, planned, lines, samples)
    came = with_demand(instance, histories or {}, grid)
    served = _served(planned, came, outturn)
    hired = frozenset(key for key in planned.nodes if not instance.fleet[key[0]][key[1]].traits.committed)
    part = float(outturn.covered.mean())
    return Tracking(
        plan=plan,
        instance=instance,
        grid=grid,
        planned=planned,
        outturn=outturn,
        came=came,
        hours=_hours(grid, planned, outturn),
        works=_works(grid, planned, outturn, served),
        terms={term: (plan.cost_terms.get(term, 0.0) * part, paid) for term, paid in outturn.terms.items()},
        variances=tuple(variances(planned, outturn, served, hired)),
        promises=tracked_promises(instance, grid, outturn.covered, latencies or {}),
        notes=(*outturn.notes, *_notes(plan, instance, outturn, came)),
    )


def _served(
    planned: PlannedCourse, came: DemandThatCame, outturn: Outturn
) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Work done per s in each period, of the works that files tell; planned where they do not."""
    done = {}
    for workload, phase in planned.served:
        if workload in came.told:
            asked = demand_of(came.instance, workload, Phase(phase))
            there = came.told[workload] & outturn.covered
            done[workload, phase] = np.where(there, asked, planned.served[workload, phase])
    return done


def _hours(grid: PlanGrid, planned: PlannedCourse, outturn: Outturn) -> tuple[TrackedHours, ...]:
    there = outturn.covered
    return tuple(
        TrackedHours(
            *key,
            *(float(nodes[key][there].sum()) * grid.hours for nodes in (planned.nodes, outturn.nodes)),
            *(float(cost[key][there].sum()) for cost in (planned.cost, outturn.cost)),
        )
        for key in planned.nodes
        if any(one[key][there].any() for one in (planned.nodes, outturn.nodes, outturn.cost))
    )


def _works(
    grid: PlanGrid,
    planned: PlannedCourse,
    outturn: Outturn,
    served: Mapping[tuple[str, str], NDArray[np.float64]],
) -> tuple[TrackedWork, ...]:
    seconds = grid.hours * SECONDS_PER_HOUR
    return tuple(
        TrackedWork(
            *work,
            *(float(rate[work][outturn.covered].sum()) * seconds for rate in (planned.served, served)),
        )
        for work in served
    )


def _notes(plan: Plan, instance: Instance, outturn: Outturn, came: DemandThatCame) -> list[str]:
    """What the figures leave out."""
    notes = []
    unknown = [name for name in instance.workloads if name not in came.told]
    if unknown:
        notes.append(f"no file tells the demand of {', '.join(unknown)}: it counts as planned")
    for name, told in came.told.items():
        lacking = int((outturn.covered & ~told).sum())
        if lacking:
            notes.append(
                f"the demand of {name} is not told in {lacking} of the periods compared: as planned there"
            )
    untold = [name for name, use in outturn.use.items() if not use.is_told]
    if untold:
        notes.append(
            f"nothing tells which nodes of {', '.join(untold)} were in use: their rate counts as planned"
        )
    if not any(use.down.any() for use in outturn.use.values()):
        notes.append("no file tells of nodes that were down: what failures cost is among the other causes")
    left = sorted(plan.cost_terms.keys() - outturn.terms.keys() - _terms_of_nodes(instance))
    if any(plan.cost_terms[term] for term in left):
        notes.append(
            f"bills tell nothing of {', '.join(term.replace('_', ' ') for term in left)}: left out on both sides"
        )
    if plan.outsourced:
        notes.append("vendors serve a part by the plan: the demand of files counts as what own nodes served")
    return notes


def _terms_of_nodes(instance: Instance) -> set[str]:
    """Lines of the cost that holding nodes is in."""
    return {channel.traits.cost_term for channels in instance.fleet.values() for channel in channels.values()}
