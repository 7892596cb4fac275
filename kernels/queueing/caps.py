"""Latency as capacity: how busy a pool may run and still keep its promise about waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import deterministic, exponential
from kernels.queueing.arrival_laws import law_of
from kernels.queueing.known import Known

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from kernels.queueing.arrival_laws import ArrivalLaw

    Array = NDArray[np.float64]
    Places = NDArray[np.int64]

GRID = 2**20
HIGHEST = 0.9999
MOST_SERVERS = 10_000
"""Larger pools are capped as pools of so many servers, which is never higher: time and memory grow with them."""
HALVE = 6
LEAST = 1e-300

_known = Known()


def utilisation_cap(
    servers: ArrayLike,
    service_time_s: ArrayLike,
    wait_budget_s: ArrayLike,
    percentile: ArrayLike,
    arrival_scv: ArrayLike = 1.0,
    service_scv: ArrayLike = 1.0,
    arrival_law: str = "gamma",
) -> Array:
    """Highest utilisation at which a share `percentile` of requests waits no longer than the budget.

    The pool is GI/G/c, first come first served. Exact for exponential
    (`service_scv` 1) and constant (0) service; linear in `service_scv` between the two caps, as headroom
    is in heavy traffic (H. C. Tijms, A First Course in Stochastic Models, 2003, section 9.6, does so for
    percentiles of the wait); above 1 the wait is scaled as in `kernels.queueing.waiting`.

    Parameters
    ----------
    servers
        Servers that share one queue, >= 1; from 10,000 on as for 10,000, which is never higher.
    service_time_s
        Mean service time, s, > 0.
    wait_budget_s
        Time a request may wait before its service, s. Negative: the cap is 0.
    percentile
        Share of requests that must keep the budget, in (0, 1): 0.99 for a p99.
    arrival_scv, service_scv
        Squared coefficients of variation of inter-arrival and service times, >= 0.
    arrival_law
        A name of `kernels.queueing.arrival_laws.LAWS`. Service steadier than exponential is capped as for
        gamma, which is never higher.

    Returns
    -------
    Array of the broadcast shape with values in [0, 1), rounded down by less than 2e-6.

    Raises
    ------
    ValueError
        Outside these domains.
    """
    shape, (c, time, budget, share, arrivals, service) = columns(
        servers, service_time_s, wait_budget_s, percentile, arrival_scv, service_scv
    )
    check_domain(c, time, share, arrivals, service)
    keys, place = np.unique(
        np.stack([np.minimum(c, MOST_SERVERS), budget / time, share, arrivals, service], axis=1),
        axis=0,
        return_inverse=True,
    )
    caps = np.zeros(len(keys))
    possible = keys[:, 1] >= 0.0
    law = law_of(arrival_law)
    caps[possible] = _known.rows(
        arrival_law, keys[possible], lambda rows: _distinct_caps(law, *np.ascontiguousarray(rows.T))
    )
    return np.asarray(caps[place.ravel()].reshape(shape))


def columns(*values: ArrayLike) -> tuple[tuple[int, ...], list[Array]]:
    """The broadcast shape of the arguments, and each of them as a flat array of that size."""
    spread = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in values))
    return spread[0].shape, [array.ravel() for array in spread]


def check_domain(servers: Array, time: Array, share: Array, arrivals: Array, service: Array) -> None:
    """Raise ValueError with what is wrong, for the arguments that every cap has."""
    rules = {
        "servers must be >= 1": servers >= 1,
        "the service time must be > 0": time > 0,
        "percentile must lie in (0, 1); write 0.99 for p99": (share > 0) & (share < 1),
        "squared coefficients of variation must be >= 0": (arrivals >= 0) & (service >= 0),
    }
    broken = [message for message, kept in rules.items() if not np.all(kept)]
    if broken:
        raise ValueError("; ".join(broken))


def highest(missed: Callable[[Array, Places], Array], allowed: Array) -> Array:
    """Highest utilisation, one an element, whose missed share (increasing in it) stays within `allowed`.

    `missed` is asked for utilisations of the elements at some places. Utilisations lie on a grid of 2^20 steps
    up to the highest, and each is found between a step that keeps and one that does not. The logarithm of
    missed over allowed bends down, so that its chord crosses 0 above the answer, and the line through two
    points that keep crosses it below: either in turn, and a half now and then whatever its shape.
    """
    count = len(allowed)
    low, high, before = np.zeros(count), np.full(count, float(GRID)), np.full(count, np.nan)
    below, further = np.full(count, np.nan), np.full(count, np.nan)
    above = -np.log(allowed)  # all are late at full load
    step = 0
    while len(left := np.flatnonzero(high - low > 1)):
        lo, hi = low[left], high[left]
        if step % HALVE == HALVE - 1:
            guess = np.full(len(left), np.nan)
        elif step % 2:
            guess = np.ceil(_crossing(lo, hi, below[left], above[left]))
        else:
            guess = np.floor(_crossing(before[left], lo, further[left], below[left]))
        middle = np.clip(np.where(np.isfinite(guess), guess, np.floor((lo + hi) / 2.0)), lo + 1, hi - 1)
        over = np.log(np.maximum(missed(HIGHEST * middle / GRID, left), LEAST) / allowed[left])
        keeps, breaks = over <= 0.0, over > 0.0
        before[left[keeps]], further[left[keeps]] = lo[keeps], below[left[keeps]]
        low[left[keeps]], below[left[keeps]] = middle[keeps], over[keeps]
        high[left[breaks]], above[left[breaks]] = middle[breaks], over[breaks]
        step += 1
    return np.asarray(HIGHEST * low / GRID)


def _crossing(left: Array, right: Array, at_left: Array, at_right: Array) -> Array:
    """Where the line through two points crosses 0; not finite where it does not, or where one is not known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(right - at_right * (right - left) / (at_right - at_left))


def _distinct_caps(
    law: ArrivalLaw, c: Array, wait: Array, share: Array, arrivals: Array, service: Array
) -> Array:
    """Caps of flat arrays, waits in service times: the exponential end, the constant end, or between."""
    caps = np.zeros(len(c))
    random = service > 0.0
    if np.any(random):
        caps[random] = _exponential_cap(
            c[random], wait[random], share[random], arrivals[random], np.maximum(service[random], 1.0), law
        )
    steady = service < 1.0
    if np.any(steady):
        c, wait, share, arrivals = c[steady], wait[steady], share[steady], arrivals[steady]
        constant = highest(
            lambda busy, at: deterministic.wait_tail(c[at], busy, arrivals[at], wait[at]), 1.0 - share
        )
        weight = service[steady]
        caps[steady] = weight * caps[steady] + (1.0 - weight) * constant
    return caps


def _exponential_cap(
    c: Array, wait: Array, share: Array, arrivals: Array, service: Array, law: ArrivalLaw
) -> Array:
    slowed = (arrivals + 1.0) / (arrivals + service)

    def missed(busy: Array, at: Places) -> Array:
        probability, decay = exponential.delay(c[at], busy, arrivals[at], law)
        return np.asarray(probability * np.exp(-decay * slowed[at] * wait[at]))

    return highest(missed, 1.0 - share)
