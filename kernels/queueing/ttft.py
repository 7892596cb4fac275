"""Time to first token as capacity: wait + prefill + transfer of the KV cache within one promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from kernels.queueing import exponential
from kernels.queueing.arrival_laws import law_of
from kernels.queueing.caps import MOST_SERVERS, check_domain, columns, highest
from kernels.queueing.known import Known

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from kernels.queueing.arrival_laws import ArrivalLaw

    Array = NDArray[np.float64]

LENGTH_POINTS = 64

_known = Known()


def ttft_cap(
    servers: ArrayLike,
    prefill_s: ArrayLike,
    ttft_s: ArrayLike,
    percentile: ArrayLike,
    transfer_s: ArrayLike = 0.0,
    arrival_scv: ArrayLike = 1.0,
    service_scv: ArrayLike = 1.0,
    ahead_s: ArrayLike | None = None,
    ahead_scv: ArrayLike | None = None,
    arrival_law: str = "gamma",
) -> Array:
    """Highest utilisation of prefill servers at which wait + prefill + KV transfer keeps a TTFT percentile.

    P(late) = E[P(wait > ttft - transfer - prefill)] <= 1 - percentile,  the expectation over prompts

    A long prompt has less of the promise left to wait in; the cap is 0 where long prompts alone break it. Prefill
    times are log-normal (prompt lengths of public traces have squared coefficients of variation of 0.9 to 9.8: Azure
    2023 and ServeGen deepseek-r1), the wait is that of `kernels.queueing.waiting`.

    Parameters
    ----------
    servers
        Prefill servers that share one queue, >= 1; from 10,000 on as for 10,000, which is never higher.
    prefill_s, ttft_s, transfer_s
        Mean time to prefill a prompt, promised time to first token, time to hand the KV cache over; s.
    percentile
        Share of requests that must keep the promise, in (0, 1).
    arrival_scv, service_scv
        Squared coefficients of variation of inter-arrival and prefill times, >= 0.
    ahead_s, ahead_scv
        The same of the prompts in front, s, where they are others' than one's own.
    arrival_law
        A name of `kernels.queueing.arrival_laws.LAWS`.

    Returns
    -------
    Array of the broadcast shape with values in [0, 1).

    Raises
    ------
    ValueError
        Outside these domains.
    """
    ahead_s = prefill_s if ahead_s is None else ahead_s
    ahead_scv = service_scv if ahead_scv is None else ahead_scv
    times, spread = (prefill_s, ttft_s, transfer_s, ahead_s), (arrival_scv, service_scv, ahead_scv)
    shape, (c, share, prefill, ttft, transfer, ahead, arrivals, service, ahead_service) = columns(
        servers, percentile, *times, *spread
    )
    check_domain(c, prefill, share, arrivals, service)
    check_domain(c, ahead, share, arrivals, ahead_service)
    budget, relative = (ttft - transfer) / prefill, ahead / prefill
    asked = [np.minimum(c, MOST_SERVERS), budget, share, arrivals, service, relative, ahead_service]
    keys, place = np.unique(np.stack(asked, axis=1), axis=0, return_inverse=True)
    law = law_of(arrival_law)
    caps = _known.rows(arrival_law, keys, lambda rows: _distinct_caps(law, *np.ascontiguousarray(rows.T)))
    return np.asarray(caps[place.ravel()].reshape(shape))


def _distinct_caps(
    law: ArrivalLaw,
    c: Array,
    budget: Array,
    share: Array,
    arrivals: Array,
    service: Array,
    ahead: Array,
    ahead_service: Array,
) -> Array:
    hopeless, left, weight = prompts_left(budget, service)
    slowed = (arrivals + 1.0) / np.maximum(arrivals + ahead_service, 1e-9) / ahead
    able = np.flatnonzero(hopeless < 1.0 - share)

    def missed(busy: Array, some: NDArray[np.int64]) -> Array:
        at = able[some]
        probability, decay = exponential.delay(c[at], busy, arrivals[at], law)
        late = np.sum(weight[at] * np.exp(-(decay * slowed[at])[:, None] * left[at]), axis=1)
        return np.asarray(probability * late)

    caps = np.zeros(len(c))
    caps[able] = highest(missed, (1.0 - share - hopeless)[able])
    return caps


def share_too_long(budget: ArrayLike, service_scv: ArrayLike) -> Array:
    """Share of log-normal prompts that alone take longer than `budget` mean prefill times."""
    left, service = np.broadcast_arrays(np.asarray(budget, dtype=float), np.asarray(service_scv, dtype=float))
    return np.asarray(prompts_left(left.ravel(), service.ravel())[0].reshape(left.shape))


def prompts_left(budget: Array, service: Array) -> tuple[Array, Array, Array]:
    """What log-normal prompts leave of a budget, both in mean prefill times.

    Returns the share of prompts that are too long by themselves [n]; the budget left to the others at
    midpoints of equal probability [n, points]; and the probability of each such point [n, points].
    """
    sigma = np.maximum(np.sqrt(np.log1p(service)), 1e-9)
    with np.errstate(divide="ignore"):
        deviate = np.log(np.maximum(budget, 0.0)) / sigma + sigma / 2.0
    fits = ndtr(deviate)
    points = (np.arange(LENGTH_POINTS) + 0.5) / LENGTH_POINTS
    # midpoints of the prompts that fit, so that the far tail beyond the budget is counted exactly
    lengths = np.exp(sigma[:, None] * (ndtri(points * fits[:, None]) - sigma[:, None] / 2.0))
    left = np.maximum(budget[:, None] - lengths, 0.0)
    return 1.0 - fits, left, np.broadcast_to(fits[:, None] / LENGTH_POINTS, left.shape)
