"""Laws of the times between arrivals, by their Laplace transform A(s), of given rate and variability.

gamma: A(s) = (1 + s scv / rate)^(-1/scv); scv 0 is a clock. What request traces of served models were fitted
with (ServeGen, arXiv 2505.09999; BurstGPT, arXiv 2401.17644). Much of its variability is in very short gaps:
arrivals come in clumps.

hyperexponential: two exponentials of balanced means, A(s) = sum_i p_i m_i / (m_i + s) with
p_1 = (1 + sqrt((scv - 1) / (scv + 1))) / 2, m_i = 2 p_i rate (W. Whitt, Operations Research 30, 1982, section
3). Busy and quiet spells of a Poisson stream. Below scv 1 there is none: it is gamma there.

At the same scv small pools wait less under the second; from some hundred servers on they hardly differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Transform = Callable[["Array", "Array", "Array"], "Array"]
SMALL_SCV = 1e-9


@dataclass(frozen=True)
class ArrivalLaw:
    """log A(s) and -A'(s), both of s, rate and scv."""

    log_transform: Transform
    decline: Transform


def _gamma(s: Array, rate: Array, scv: Array) -> Array:
    small = scv < SMALL_SCV
    safe = np.where(small, 1.0, scv)
    return np.where(small, -s / rate, -np.log1p(s * safe / rate) / safe)


def _gamma_decline(s: Array, rate: Array, scv: Array) -> Array:
    return np.asarray(np.exp(_gamma(s, rate, scv)) / (rate * (1.0 + s * scv / rate)))


def _branches(rate: Array, scv: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Probability and rate of either exponential."""
    more = np.maximum(scv, 1.0)
    often = (1.0 + np.sqrt((more - 1.0) / (more + 1.0))) / 2.0
    return (often, 2.0 * often * rate), (1.0 - often, 2.0 * (1.0 - often) * rate)


def _hyperexponential(s: Array, rate: Array, scv: Array) -> Array:
    total = sum(share * fast / (fast + s) for share, fast in _branches(rate, scv))
    return np.where(scv < 1.0, _gamma(s, rate, scv), np.log(total))


def _hyperexponential_decline(s: Array, rate: Array, scv: Array) -> Array:
    total = sum(share * fast / (fast + s) ** 2 for share, fast in _branches(rate, scv))
    return np.where(scv < 1.0, _gamma_decline(s, rate, scv), total)


GAMMA = ArrivalLaw(_gamma, _gamma_decline)
LAWS = {"gamma": GAMMA, "hyperexponential": ArrivalLaw(_hyperexponential, _hyperexponential_decline)}


def law_of(name: str) -> ArrivalLaw:
    """The law of a name. Raises ValueError where there is none."""
    if name not in LAWS:
        raise ValueError(f"no law of arrivals is called '{name}': {', '.join(LAWS)}")
    return LAWS[name]


def draw_gaps(rng: np.random.Generator, law: str, scv: float, count: int) -> Array:
    """`count` times between arrivals of mean 1."""
    if law == "hyperexponential" and scv > 1.0:
        (often, fast), (_, slow) = _branches(np.ones(1), np.array([scv]))
        return np.asarray(rng.exponential(1.0, count) / np.where(rng.random(count) < often, fast, slow))
    return rng.gamma(1.0 / scv, scv, count) if scv > 0 else np.ones(count)
