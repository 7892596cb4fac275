"""What prices prove of a range of fleets: the theorem of the decomposition's README, section 3, with starts priced.

    B = sum_p min over L <= F <= U of ( C_p(F) - F sum_t hours[t] lam[p,t] )  +  sum_t hours[t] w_t

Prices of an hour are rounded down, rates up and demands down to whole quanta; sums over hours and the fleet are
fractions. So B is no larger than what the theorem says, whatever is rounded.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.certificate.prices import ClusterPrices

if TYPE_CHECKING:
    from planner.plan.certificate import FleetBox
    from planner.verify.certificate.scaled import ScaledQuestion


def box_bound(scaled: ScaledQuestion, box: FleetBox) -> Fraction | None:
    """What the box's prices prove of every fleet in it, in money; None where no fleet is."""
    if any(low > pool.most for pool, low in zip(scaled.pools, box.low, strict=True)):
        return None
    total = Fraction(0)
    value = [Fraction(0) for _ in scaled.pools]
    ends = [
        (low, pool.most if high is None else min(high, pool.most))
        for pool, low, high in zip(scaled.pools, box.low, box.high, strict=True)
    ]
    for cluster in box.clusters:
        periods = np.array(cluster.periods, dtype=np.int64)
        hours = [Fraction(one) for one in scaled.question.hours[periods].tolist()]
        for place, price in enumerate(cluster.node_price):
            value[place] += Fraction(price) * sum(hours, Fraction(0))
        prices = ClusterPrices(scaled, ends, box.starts, cluster, periods)
        least = prices.least()
        total += (
            sum((one * quanta for one, quanta in zip(hours, least.tolist(), strict=True)), Fraction(0))
            * Fraction(2) ** -prices.bits
        )
    for pool, (low, high), worth in zip(scaled.pools, ends, value, strict=True):
        total += pool.least_holding(low, high, worth)
    return total
