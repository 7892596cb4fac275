"""Square-root staffing: many slots, such as the batch positions of decode units.

    servers = load + beta sqrt(peakedness load),   P(wait > 0) = 1 / (1 + beta Phi(beta) / phi(beta))

(S. Halfin and W. Whitt, Operations Research 29, 1981; with peakedness, W. Whitt, Production and Operations
Management 2, 1993). The slots beyond the mean load grow with its root: large pools run fuller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr

from kernels.queueing.caps import check_domain, columns, utilisation_cap

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

BISECTIONS = 50
FEW_SLOTS = 500
WIDEST = 40.0


def peakedness(arrival_scv: ArrayLike, service_scv: ArrayLike) -> Array:
    """Variance over mean of the number busy if there were no limit: (scv_a + scv_s) / (1 + scv_s).

    1 for Poisson arrivals whatever the service; exact in heavy traffic for constant and exponential
    service (Whitt, 1993).
    """
    arrivals, service = np.asarray(arrival_scv, dtype=float), np.asarray(service_scv, dtype=float)
    return np.asarray((arrivals + service) / (1.0 + service))


def wait_share(beta: Array) -> Array:
    """Halfin and Whitt's P(wait > 0) at `beta` standard deviations of spare servers."""
    log_density = -0.5 * beta**2 - 0.5 * np.log(2.0 * np.pi)
    return np.asarray(1.0 / (1.0 + beta * np.exp(log_ndtr(beta) - log_density)))


def spare_deviations(missed: ArrayLike) -> Array:
    """The beta >= 0 at which a share `missed`, in (0, 1), of arrivals waits."""
    target = np.asarray(missed, dtype=float)
    if np.any(target <= 0) or np.any(target >= 1):
        raise ValueError("the share that may wait must lie in (0, 1)")
    low, high = np.zeros_like(target), np.full_like(target, WIDEST)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        enough = wait_share(middle) <= target
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.asarray(high)


def servers_needed(load: ArrayLike, missed: ArrayLike, peak: ArrayLike = 1.0) -> Array:
    """Servers (not rounded) for an offered load in erlangs when a share `missed` may wait."""
    erlangs = np.asarray(load, dtype=float)
    return np.asarray(erlangs + spare_deviations(missed) * np.sqrt(np.asarray(peak, dtype=float) * erlangs))


def slot_cap(
    slots: ArrayLike,
    percentile: ArrayLike,
    arrival_scv: ArrayLike = 1.0,
    service_scv: ArrayLike = 1.0,
    arrival_law: str = "gamma",
) -> Array:
    """Highest share of decode slots that may be in use on average while `percentile` find one free.

    The positive root of load + beta sqrt(peakedness load) = slots, over the slots. Below 500 slots, where
    the root rule is up to a tenth too hopeful, `utilisation_cap` with no time to wait takes its place.

    Parameters
    ----------
    slots
        Batch positions of the whole pool, >= 1.
    percentile
        Share of requests that must find a free slot at once, in (0, 1).
    arrival_scv, service_scv
        Squared coefficients of variation of the times between arrivals and of the time a slot is held.
    arrival_law
        A name of `kernels.queueing.arrival_laws.LAWS`; the root rule knows no difference.

    Raises
    ------
    ValueError
        Outside these domains.
    """
    shape, (count, share, arrivals, service) = columns(slots, percentile, arrival_scv, service_scv)
    check_domain(count, np.ones_like(count), share, arrivals, service)
    spread = spare_deviations(1.0 - share) * np.sqrt(peakedness(arrivals, service))
    cap = ((np.sqrt(spread**2 + 4.0 * count) - spread) / 2.0) ** 2 / count
    few = count < FEW_SLOTS
    cap[few] = utilisation_cap(count[few], 1.0, 0.0, share[few], arrivals[few], service[few], arrival_law)
    return np.asarray(cap.reshape(shape))
