"""GI/M/c: renewal arrivals with Laplace transform A(s) (`kernels.queueing.arrival_laws`), exponential service.

Exact; service time 1, rate = utilisation c:

    omega       = A(c (1 - omega))
    P(wait > t) = P(wait > 0) exp(-c (1 - omega) t)
    P(wait > 0) = 1 / (1 + (1 - omega) sum_j binom(c, j) / (C_j (1 - phi_j)) r_j)
    r_j         = (c (1 - phi_j) - j) / (c (1 - omega) - j)
    phi_j       = A(j),   C_j = prod_{i <= j} phi_i / (1 - phi_i)

(L. Takács, Introduction to the Theory of Queues, 1962, chapter 2). Every term is positive, so the sum is
taken of logarithms without cancellation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from kernels.queueing.arrival_laws import GAMMA

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kernels.queueing.arrival_laws import ArrivalLaw

    Array = NDArray[np.float64]

NEWTON_STEPS = 40


def arrival_root(servers: Array, utilisation: Array, scv: Array, law: ArrivalLaw) -> Array:
    """The root omega < 1 of omega = A(c (1 - omega)), by Newton from below (the transform is convex).

    Steps only ever rise until rounding is all that is left.
    """
    rate = utilisation * servers
    root = np.zeros(np.broadcast_shapes(servers.shape, utilisation.shape, scv.shape))
    found = np.zeros(root.shape, dtype=bool)
    for _ in range(NEWTON_STEPS):
        value = np.exp(law.log_transform(servers * (1.0 - root), rate, scv))
        slope = servers * law.decline(servers * (1.0 - root), rate, scv) - 1.0
        better = np.clip(root - (value - root) / np.where(slope < -1e-12, slope, -1e-12), 0.0, 1.0 - 1e-12)
        found |= better <= root
        root = np.where(found, root, better)
        if found.all():
            break
    return root


def delay(
    servers: Array, utilisation: Array, arrival_scv: Array, law: ArrivalLaw = GAMMA
) -> tuple[Array, Array]:
    """P(wait > 0), and the decay rate of the wait per mean service time.

    One-dimensional arrays of one length, 0 < utilisation < 1, servers >= 1.
    """
    root = arrival_root(servers, utilisation, arrival_scv, law)
    j = np.arange(1.0, servers.max() + 1.0)
    c, idle = servers[:, None], 1.0 - root[:, None]
    inside = j <= c
    rate, scv = (utilisation * servers)[:, None], arrival_scv[:, None]
    log_phi = law.log_transform(j, rate, scv)
    miss = -np.expm1(log_phi)
    log_odds = np.cumsum(log_phi - np.log(miss), axis=1)
    log_choose = gammaln(c + 1.0) - gammaln(j + 1.0) - gammaln(np.maximum(c - j, 0.0) + 1.0)
    below = c * idle - j
    # numerator and denominator vanish together; there the ratio is 1 + c A'(j) by l'Hospital's rule
    limit = 1.0 - c * law.decline(j, rate, scv)
    near = np.abs(below) < 1e-6
    ratio = np.where(near, limit, (c * miss - j) / np.where(near, 1.0, below))
    exponent = np.where(inside, log_choose - log_odds - np.log(miss), -np.inf)
    with np.errstate(over="ignore"):
        total = np.sum(np.exp(exponent) * ratio, axis=1)
    return 1.0 / (1.0 + (1.0 - root) * total), servers * (1.0 - root)
