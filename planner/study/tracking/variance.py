"""Why what nodes cost differs from the plan: price, demand, rate, failures, decisions. The parts add up.

Of a hardware h in a period, with N nodes of channel c held at the price P (planned: n, p), U in use (u) and F down:

    price     = sum_c N[c] (P[c] - p[c])
    demand    = m sum_w k[h,w] (D[w] - d[w])         k: nodes that the plan takes for each of the work w per s
    rate      = m (U - u) - demand                   more or fewer nodes in use than the work done takes by the plan
    failures  = m F                                  nodes held that are down; plans hold none of them
    decisions = m ((N - U - F) - (n - u)) + (sum_c (N[c] - n[c]) p[c] - m (N - n))

m is the price of nodes that come and go with what happens: the mean price of the channels by the period of which
more were held, where more were in all, or of those of which fewer were; where their number is the same, of what is
hired then, and where nothing is, of all that is held. So what is signed for beyond the plan, or not, is a decision at
its own price.
Where units moved from one hardware to another in a period (more nodes in use here than the work takes, fewer there),
and on hardware that the plan does not use then, `rate` belongs to the decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.study.tracking.outturn import Outturn
    from planner.study.tracking.planned import PlannedCourse

    Key = tuple[str, str]
    Work = tuple[str, str]
    Series = NDArray[np.float64]

CAUSES = ("demand", "rate", "price", "failures", "decisions")
LEAST_NODES = 1e-6
"""Of a difference in nodes: below it is what rounding leaves."""


@dataclass(frozen=True)
class HardwareVariance:
    """Why the cost of a hardware differs from the plan, by cause, shape [period] each, money."""

    hardware: str
    by_cause: dict[str, Series]

    @property
    def total(self) -> Series:
        """Difference of the cost, shape [period]."""
        return np.asarray(sum(self.by_cause.values()))


@dataclass(frozen=True)
class _Quantities:
    """Differences in nodes of a hardware, shape [period], and the price `margin` of a node of them."""

    held: Series
    used: Series
    demand: Series
    down: Series
    margin: Series
    mixed: Series
    price: Series
    told: bool
    planned: Series


def variances(
    planned: PlannedCourse, outturn: Outturn, served: Mapping[Work, Series], hired: frozenset[Key]
) -> list[HardwareVariance]:
    """Variance of each hardware. `served` is tokens/s (requests/s) of the works that are known, shape [period]; of
    others the demand counts as planned. `hired` are the channels by the period."""
    found = {hardware: _quantities(hardware, planned, outturn, served, hired) for hardware in outturn.use}
    moved = _moved(found)
    return [
        HardwareVariance(hardware, _causes(one, moved[hardware], outturn.covered))
        for hardware, one in found.items()
    ]


def _causes(one: _Quantities, moved: NDArray[np.bool_], covered: NDArray[np.bool_]) -> dict[str, Series]:
    rate = one.used - one.demand if one.told else np.zeros(len(moved))
    decided = np.where(moved, rate, 0.0) + (one.held - one.demand - rate - one.down)
    parts = {
        "demand": one.margin * one.demand,
        "rate": one.margin * np.where(moved, 0.0, rate),
        "price": one.price,
        "failures": one.margin * one.down,
        "decisions": one.margin * decided + one.mixed - one.margin * one.held,
    }
    return {cause: np.where(covered, parts[cause], 0.0) for cause in CAUSES}


def _quantities(
    hardware: str,
    planned: PlannedCourse,
    outturn: Outturn,
    served: Mapping[Work, Series],
    hired: frozenset[Key],
) -> _Quantities:
    keys = [key for key in outturn.nodes if key[0] == hardware]
    was, now = (np.array([nodes[key] for key in keys]) for nodes in (planned.nodes, outturn.nodes))
    paid = np.array([outturn.cost[key] for key in keys])
    price = np.array([planned.price[key] for key in keys])
    actual = np.divide(paid, now, out=np.zeros_like(paid), where=now > 0)
    price = np.where(np.isnan(price), actual, price)
    step = now - was
    use = outturn.use[hardware]
    by_period = np.array([[key in hired] for key in keys])
    return _Quantities(
        held=step.sum(axis=0),
        used=use.used - use.planned,
        demand=_demand(hardware, planned, served, len(use.used)),
        down=use.down,
        margin=_margin(was, now, price, by_period),
        mixed=(step * price).sum(axis=0),
        price=(paid - now * price).sum(axis=0),
        told=use.is_told,
        planned=use.planned,
    )


def _demand(hardware: str, planned: PlannedCourse, served: Mapping[Work, Series], periods: int) -> Series:
    """Nodes more that the work done takes by the plan, shape [period]: where it plans none, as on the mean of it."""
    more = np.zeros(periods)
    for work, done in served.items():
        taken = planned.taken.get((hardware, work))
        if taken is not None:
            due = planned.served[work]
            mean = taken.sum() / due.sum() if due.sum() > 0 else 0.0
            each = np.divide(taken, due, out=np.full(periods, mean), where=due > 0)
            more += each * (done - due)
    return more


def _margin(was: Series, now: Series, price: Series, hired: NDArray[np.bool_]) -> Series:
    """Price of a node that comes and goes with what happens, shape [period]; arguments have shape [channel, period]."""
    step = np.where(hired, now - was, 0.0)
    net = step.sum(axis=0)
    weights = np.maximum(np.where(net > LEAST_NODES, step, np.where(net < -LEAST_NODES, -step, 0.0)), 0.0)
    for other in (np.where(hired, now, 0.0), np.where(hired, was, 0.0), now, was):
        weights = np.where(weights.sum(axis=0) > LEAST_NODES, weights, other)
    total = weights.sum(axis=0)
    return np.asarray(
        np.divide((weights * price).sum(axis=0), total, out=np.zeros(len(net)), where=total > 0)
    )


def _moved(found: Mapping[str, _Quantities]) -> dict[str, NDArray[np.bool_]]:
    """Whether what more or fewer nodes are in use than the work takes was decided, shape [period], by hardware."""
    beyond = {name: (one.used, one.used - one.demand) for name, one in found.items()}
    more = {n: (used > LEAST_NODES) & (rest > LEAST_NODES) for n, (used, rest) in beyond.items()}
    fewer = {n: (used < -LEAST_NODES) & (rest < -LEAST_NODES) for n, (used, rest) in beyond.items()}
    both = np.any(list(more.values()), axis=0) & np.any(list(fewer.values()), axis=0)
    return {
        name: (both & (more[name] | fewer[name])) | ((one.planned <= LEAST_NODES) & more[name])
        for name, one in found.items()
    }
