"""Waits in GI/G/c: exact for exponential service, scaled by the service's variability otherwise.

    P(wait > t) = P(wait > 0) exp(-decay t (scv_a + 1) / (scv_a + scv_s))

P(wait > 0) and decay are those of GI/M/c (`kernels.queueing.exponential`); the factor is Allen and
Cunneen's: the wait grows with (scv_a + scv_s) / 2 (A. O. Allen, Probability, Statistics and Queueing
Theory, 2nd ed. 1990, section 5.3; the heavy-traffic limit of J. F. C. Kingman, 1962, and J. Köllerström,
1974). Exact at scv_s = 1; for steadier service `utilisation_cap` uses GI/D/c as the other end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import exponential

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]


def _delay(
    servers: ArrayLike, utilisation: ArrayLike, arrival_scv: ArrayLike, service_scv: ArrayLike
) -> tuple[Array, Array]:
    """P(wait > 0) and the decay rate per mean service time, of any broadcastable shapes."""
    c, busy, arrivals, service = np.broadcast_arrays(
        *(np.asarray(value, dtype=float) for value in (servers, utilisation, arrival_scv, service_scv))
    )
    if np.any(c < 1) or np.any(busy <= 0) or np.any(busy >= 1) or np.any(arrivals < 0) or np.any(service < 0):
        raise ValueError("waits need servers >= 1, 0 < utilisation < 1 and scv >= 0")
    probability, decay = exponential.delay(c.ravel(), busy.ravel(), arrivals.ravel())
    spread = np.maximum(arrivals + service, 1e-9)
    return probability.reshape(c.shape), decay.reshape(c.shape) * (arrivals + 1.0) / spread


def wait_probability(
    servers: ArrayLike,
    utilisation: ArrayLike,
    wait: ArrayLike,
    arrival_scv: ArrayLike,
    service_scv: ArrayLike,
) -> Array:
    """P(wait > `wait`), with `wait` in mean service times.

    `arrival_scv` and `service_scv` are squared coefficients of variation (variance over squared mean) of
    the inter-arrival and service times. All arguments broadcast. Raises ValueError outside the domain
    servers >= 1, 0 < utilisation < 1, scv >= 0.
    """
    probability, decay = _delay(servers, utilisation, arrival_scv, service_scv)
    return np.asarray(probability * np.exp(-decay * np.asarray(wait, dtype=float)))


def wait_quantile(
    servers: ArrayLike,
    utilisation: ArrayLike,
    percentile: ArrayLike,
    arrival_scv: ArrayLike,
    service_scv: ArrayLike,
) -> Array:
    """The wait, in mean service times, that a share `percentile` (0.99 for p99) of requests stays under."""
    probability, decay = _delay(servers, utilisation, arrival_scv, service_scv)
    missed = 1.0 - np.asarray(percentile, dtype=float)
    return np.asarray(np.maximum(np.log(probability / missed), 0.0) / decay)


def mean_wait(
    servers: ArrayLike, utilisation: ArrayLike, arrival_scv: ArrayLike, service_scv: ArrayLike
) -> Array:
    """Mean wait in mean service times."""
    probability, decay = _delay(servers, utilisation, arrival_scv, service_scv)
    return np.asarray(probability / decay)
