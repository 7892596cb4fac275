"""Latency as capacity: how busy a pool may run and still keep its promise about waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import deterministic, exponential
from kernels.queueing.arrival_laws import law_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from kernels.queueing.arrival_laws import ArrivalLaw

    Array = NDArray[np.float64]

BISECTIONS = 20
HIGHEST = 0.9999


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
        Servers that share one queue, >= 1.
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
        np.stack([c, budget / time, share, arrivals, service], axis=1), axis=0, return_inverse=True
    )
    caps = np.zeros(len(keys))
    possible = keys[:, 1] >= 0.0
    caps[possible] = _distinct_caps(law_of(arrival_law), *keys[possible].T)
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


def highest(missed: Callable[[Array], Array], allowed: Array) -> Array:
    """Highest utilisation, one an element, whose missed share (increasing in it) stays within `allowed`."""
    low, high = np.zeros_like(allowed), np.full_like(allowed, HIGHEST)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        kept = missed(middle) <= allowed
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    return low


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
        constant = highest(lambda busy: deterministic.wait_tail(c, busy, arrivals, wait), 1.0 - share)
        weight = service[steady]
        caps[steady] = weight * caps[steady] + (1.0 - weight) * constant
    return caps


def _exponential_cap(
    c: Array, wait: Array, share: Array, arrivals: Array, service: Array, law: ArrivalLaw
) -> Array:
    slowed = (arrivals + 1.0) / (arrivals + service)

    def missed(busy: Array) -> Array:
        probability, decay = exponential.delay(c, busy, arrivals, law)
        return np.asarray(probability * np.exp(-decay * slowed * wait))

    return highest(missed, 1.0 - share)
