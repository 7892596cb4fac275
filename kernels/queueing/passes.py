"""Time to first token where prompts are read in passes: of several ranks, each of which takes whole prompts in turn.

A pass of a unit begins when the last one ends and waits for its busiest rank, which of many is a busy one at any load
that is worth planning; only what ranks do together, a share G of a full pass, goes by the load. A prompt of k_i chunks
is read in k_i passes, and alone in alone_i:

    pass = full (1 - G (1 - busy)) (1 + spread e),        read_i = max(k_i pass, alone_i)

where e, that passes differ by from one to the next, has the points of a standard normal (Gauss-Hermite, three).

Who comes while all units are busy waits for the end of a pass, which is u of a pass away, u even in [0, 1], beside
those who wait before it:

    P(late) = sum_i p_i E_u P(wait > ttft - read_i - u pass),   1 where reading alone takes too long

with the wait of `kernels.queueing.waiting`, of units that read all that is before a prompt with all their ranks. What
passes differ by makes the time of the full / ahead_s prompts of one vary together, so that each varies by

    scv = ahead_scv + spread^2 full / (units ahead_s)

more: the whole of it for a unit alone (stepped one by one, units of 16 and 32 GPUs that were planned without it for
99.5 % kept 98.7 %); of several the router passes by the one whose pass is long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import exponential
from kernels.queueing.arrival_laws import law_of
from kernels.queueing.caps import MOST_SERVERS, check_domain, columns, highest
from kernels.queueing.known import Known

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from kernels.queueing.arrival_laws import ArrivalLaw

    Array = NDArray[np.float64]

LEAST = 1e-9
POINTS = ((0.0, 2.0 / 3.0), (np.sqrt(3.0), 1.0 / 6.0), (-np.sqrt(3.0), 1.0 / 6.0))
"""Points and weights of a standard normal."""
_known = Known()


@dataclass(frozen=True)
class PromptReading:
    """Prompts by class, `share` of them each: seconds to read one alone, and the passes that it takes, all [class].

    A pass with all ranks full takes `full_s`, the share `together` of it done by all ranks as one, with a standard
    deviation of `spread` of itself.
    """

    share: Array
    alone_s: Array
    passes: Array
    full_s: float
    together: float
    spread: float = 0.0

    def too_long(self, budget_s: float) -> float:
        """Share of prompts that take longer than a budget when they are read alone."""
        return float(self.share @ (self.alone_s > budget_s))

    @property
    def name(self) -> str:
        """What tells it from others."""
        one = [self.full_s, self.together, self.spread]
        return np.concatenate([self.share, self.alone_s, self.passes, one]).tobytes().hex()


def pass_cap(
    servers: ArrayLike,
    reading: PromptReading,
    ttft_s: float,
    percentile: float,
    arrival_scv: ArrayLike,
    ahead_s: float,
    ahead_scv: float,
    arrival_law: str = "gamma",
) -> Array:
    """Highest utilisation of units that read in passes at which a share `percentile` is read within `ttft_s`.

    Parameters
    ----------
    servers, arrival_scv
        Units behind one queue, and the squared coefficient of variation of the gaps of those who come to it, [n].
    ttft_s
        The promised time to first token, less what is not reading or waiting, s.
    ahead_s, ahead_scv
        Mean time that a prompt ahead takes of a unit, s, and its squared coefficient of variation.

    Returns
    -------
    Array [n] with values in [0, 1); 0 where long prompts alone break the promise. Raises ValueError as `ttft_cap` does.
    """
    shape, (count, arrivals) = columns(servers, arrival_scv)
    whole = np.ones_like(count)
    check_domain(count, ahead_s * whole, percentile * whole, arrivals, ahead_scv * whole)
    law, allowed = law_of(arrival_law), 1.0 - percentile
    ahead = ahead_s, ahead_scv

    def caps(rows: Array) -> Array:
        found = np.zeros(len(rows))
        able = np.flatnonzero(_missed(np.full(len(rows), LEAST), rows, reading, ttft_s, ahead, law) < allowed)
        found[able] = highest(
            lambda busy, some: _missed(
                np.maximum(busy, LEAST), rows[able[some]], reading, ttft_s, ahead, law
            ),
            np.full(len(able), allowed),
        )
        return found

    keys = np.stack([np.minimum(count, MOST_SERVERS), arrivals], axis=1)
    keys, place = np.unique(keys, axis=0, return_inverse=True)
    name = f"{arrival_law}:{ttft_s!r}:{percentile!r}:{ahead!r}:{reading.name}"
    return np.asarray(_known.rows(name, keys, caps)[place.ravel()].reshape(shape))


def _missed(
    busy: Array,
    rows: Array,
    reading: PromptReading,
    ttft_s: float,
    ahead: tuple[float, float],
    law: ArrivalLaw,
) -> Array:
    """Share of prompts that are late at utilisations of rows of servers and arrivals, [n]."""
    servers, arrivals = rows.T
    ahead_s, ahead_scv = ahead
    probability, decay = exponential.delay(servers, busy, arrivals, law)
    apart = reading.spread**2 * reading.full_s / (servers * ahead_s)
    varies = np.maximum(arrivals + ahead_scv + apart, LEAST)
    decay = (decay * (arrivals + 1.0) / varies / ahead_s)[:, None]
    mean = reading.full_s * (1.0 - reading.together * (1.0 - busy[:, None]))
    late = np.zeros(len(busy))
    for point, weight in POINTS if reading.spread else POINTS[:1]:
        one = mean * max(1.0 + reading.spread * point, LEAST)
        left = ttft_s - np.maximum(reading.passes * one, reading.alone_s)
        waits = probability[:, None] * _beyond(np.maximum(left, 0.0), one, decay)
        part = weight if reading.spread else 1.0
        late += part * (np.where(left < 0.0, 1.0, waits) @ reading.share)
    return late


def _beyond(left: Array, one: Array, decay: Array) -> Array:
    """Mean of exp(-decay max(left - u one, 0)) over u, even in [0, 1]."""
    reach = np.minimum(left / one, 1.0)
    falls = decay * one
    inside = np.exp(-decay * (left - reach * one)) * -np.expm1(-falls * reach) / np.maximum(falls, LEAST)
    return np.asarray(np.minimum(inside + (1.0 - reach), 1.0))
