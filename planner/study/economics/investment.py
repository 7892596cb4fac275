"""Investment: what dated payments are worth, the rate that they earn, and when they have come back.

    npv(r)  = sum_f usd[f] * value(r, f),   value(r, f) of 1 at t years, or evenly from a to b, as in
              `planner/instance/present_value.py`
    irr     : every r between -95 % and 10,000 % a year with npv(r) = 0
    payback = the last time at which the sum of what has been paid and received rises to zero

A payment may have several rates with npv(r) = 0, or none, where its sum changes sign more than once or never (e.g.
Brealey, Myers, Allen, *Principles of Corporate Finance*, ch. 5): all of them are told, and none is chosen. They are
looked for between neighbours of a grid of `GRID` rates, equally far apart in ln(1 + r): two that lie closer than its
steps (0.8 %) can be missed, as can one at which npv only touches zero.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from planner.instance.channels.cash_flows import Flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LOWEST_RATE, HIGHEST_RATE, GRID = -0.95, 100.0, 1001
LEAST_USD = 0.005
"""Sums below half a cent are nothing."""


@dataclass(frozen=True)
class Investment:
    """Net present value at `rate_per_year`, every internal rate of return, years until it has paid back.

    `payback_years` is 0 where nothing is ever laid out, and None where what is laid out does not come back. `flows` is
    what it was worked out from, money received positive, and `rest` what of it is no payment: the value, at the end of
    the plan, of what outlives it; both by moments and by the times between them.
    """

    rate_per_year: float
    npv: float
    internal_rates: tuple[float, ...]
    payback_years: float | None
    flows: tuple[Flow, ...]
    rest: tuple[Flow, ...]


def investment(flows: Sequence[Flow], rest: Sequence[Flow], rate_per_year: float) -> Investment:
    """Judge payments, received positive. `rest` counts in value and rates, not in the payback."""
    paid, left = netted(flows), netted(rest)
    every = (*paid, *left)
    return Investment(
        rate_per_year=rate_per_year,
        npv=present_value(every, rate_per_year),
        internal_rates=internal_rates(netted(every)),
        payback_years=payback_years(paid),
        flows=paid,
        rest=left,
    )


def netted(flows: Sequence[Flow]) -> tuple[Flow, ...]:
    """The same by moments and by the times between them, in order, without sums that are nothing."""
    moments = sorted({flow.begin for flow in flows} | {flow.end for flow in flows})
    sums: dict[tuple[float, float], float] = defaultdict(float)
    for flow in flows:
        if flow.at_once:
            sums[flow.begin, flow.begin] += flow.usd
            continue
        inside = [moment for moment in moments if flow.begin <= moment <= flow.end]
        for begin, end in pairwise(inside):
            sums[begin, end] += flow.usd * (end - begin) / (flow.end - flow.begin)
    return tuple(Flow(*span, usd) for span, usd in sorted(sums.items()) if abs(usd) >= LEAST_USD)


def present_value(flows: Sequence[Flow], rate_per_year: float) -> float:
    """Value at the beginning of money received and paid later."""
    return float(_present_values(flows, np.array([rate_per_year]))[0])


def internal_rates(flows: Sequence[Flow]) -> tuple[float, ...]:
    """Rates at which money received and paid are worth the same, ascending; none where nothing is ever paid."""
    if sum(abs(flow.usd) for flow in flows) < LEAST_USD:
        return ()
    grid = np.expm1(np.linspace(np.log1p(LOWEST_RATE), np.log1p(HIGHEST_RATE), GRID))
    values = _present_values(flows, grid)
    found = grid[values == 0.0].tolist()
    for low in np.flatnonzero(values[:-1] * values[1:] < 0.0).tolist():
        found.append(brentq(lambda rate: present_value(flows, rate), grid[low], grid[low + 1], xtol=1e-12))
    return tuple(sorted(map(float, found)))


def _present_values(flows: Sequence[Flow], rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same at each of several rates, shape [rate]."""
    begin, end, usd = np.array([(flow.begin, flow.end, flow.usd) for flow in flows]).reshape(-1, 3).T
    force = np.log1p(rates)[:, None]
    spent = force * (end - begin)
    evenly = np.divide(-np.expm1(-spent), spent, out=np.ones_like(spent), where=spent != 0.0)
    return np.asarray((np.exp(-force * begin) * evenly) @ usd)


def payback_years(flows: Sequence[Flow]) -> float | None:
    """The time from which on no less has been received than paid; 0: always, None: never."""
    moments = sorted({0.0, *(flow.begin for flow in flows), *(flow.end for flow in flows)})
    back: float | None = 0.0
    for begin, end in pairwise(moments):
        opens, closes = received_by(flows, begin), received_by(flows, end, itself=False)
        if closes < -LEAST_USD:
            back = None
        elif opens < -LEAST_USD:
            back = begin + (end - begin) * -opens / (closes - opens)
        back = _at(flows, end, back)
    return _at(flows, 0.0, back) if len(moments) == 1 else back


def _at(flows: Sequence[Flow], moment: float, back: float | None) -> float | None:
    """Payback once what changes hands at a moment is counted."""
    if received_by(flows, moment) < -LEAST_USD:
        return None
    return moment if back is None else back


def received_by(flows: Sequence[Flow], moment: float, itself: bool = True) -> float:
    """What has been received less what has been paid, with what changes hands at the moment `itself` or without."""
    total = 0.0
    for flow in flows:
        if flow.at_once:
            total += flow.usd if flow.begin < moment or (itself and flow.begin == moment) else 0.0
        else:
            share = (min(moment, flow.end) - flow.begin) / (flow.end - flow.begin)
            total += flow.usd * max(0.0, share)
    return total
