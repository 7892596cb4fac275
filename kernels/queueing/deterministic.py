"""GI/D/c: gamma inter-arrival times, constant service; exact up to a lattice.

With constant service and first come first served, every c-th customer meets the same server, so the queue
is c copies of GI/D/1 whose inter-arrival time A is the sum of c (gamma again). The wait of such a queue is
the maximum W of a random walk with step X = 1 - A, whose transform is (F. Spitzer, Trans. AMS 82, 1956)

    E z^W = exp(-sum_{k > 0} a_k (1 - z^k)),   a_k = -[z^k] log(1 - E z^X)

on a lattice. The coefficients are found by Fourier transforms (M. H. Ackroyd, IEEE Trans. Commun. 28, 1980)
on a circle |z| = exp(tilt) a little outside 1, where E z^X < 1: there the logarithm has no singularity, and
the long way down of an idle queue does not wrap round the lattice. E exp(tilt X) is least at
tilt = (1 - utilisation) c / scv.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammainc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LATTICE = 4096
SPREADS = 8.0  # lattice points to a standard deviation of the step
SPAN = 6.0  # the positive half of the lattice reaches this many times the longest wait asked for
LEAST_SCV = 1e-4  # a clock is a gamma of almost no spread
LARGEST_TILT = 40.0  # over the whole lattice, so that nothing overflows


def lattice_step(servers: Array, utilisation: Array, arrival_scv: Array, wait: Array) -> Array:
    """Spacing in service times: fine against the step's spread, wide against the wait in question."""
    spread = np.sqrt(arrival_scv / servers) / utilisation
    fine = np.minimum(spread / SPREADS, 1.0 / 32.0)
    return np.maximum(fine, 2.0 * SPAN * wait / LATTICE)


def wait_tail(servers: Array, utilisation: Array, arrival_scv: Array, wait: Array) -> Array:
    """P(wait > `wait`), waits in service times; one-dimensional arrays of one length, 0 < utilisation < 1.

    Where the typical wait is beyond the lattice the answer is 1: so far above the wait in question the
    exact figure does not matter to a cap.
    """
    scv = np.maximum(arrival_scv, LEAST_SCV)
    spacing = lattice_step(servers, utilisation, scv, wait)
    tilt = np.minimum((1.0 - utilisation) * servers / scv * spacing, LARGEST_TILT / LATTICE)
    pmf = maximum_of_walk(step_mass(servers, utilisation, scv, spacing), tilt)
    position = np.maximum(wait / spacing - 0.5, 0.0)  # a lattice point stands for half a cell either side
    lower = np.floor(position).astype(int)
    row = np.arange(len(wait))
    kept = np.cumsum(pmf, axis=1)[row, lower] + (position - lower) * pmf[row, lower + 1]
    # mean wait in heavy traffic; where it nears the lattice's end the tail would wrap round
    typical = scv / (2.0 * servers * (1.0 - utilisation))
    return np.where(typical * SPAN > spacing * LATTICE / 2.0, 1.0, np.clip(1.0 - kept, 0.0, 1.0))


def step_mass(servers: Array, utilisation: Array, scv: Array, spacing: Array) -> Array:
    """P(X = k spacing), k from -lattice/2 to lattice/2 - 1; steps beyond either end are lumped there."""
    shape = (servers / scv)[:, None]
    cells = np.arange(-LATTICE // 2, LATTICE // 2 + 1) - 0.5
    longest = np.maximum(1.0 - cells * spacing[:, None], 0.0)
    below = gammainc(shape, longest * utilisation[:, None] * shape)
    below[:, 0], below[:, -1] = 1.0, 0.0
    return np.asarray(below[:, :-1] - below[:, 1:])


def maximum_of_walk(mass: Array, tilt: Array) -> Array:
    """Distribution of the maximum of lattice walks with step probabilities `mass` [n, lattice].

    `tilt` [n] is the logarithm of the circle's radius; E exp(tilt X) must be below 1.
    """
    half = mass.shape[1] // 2
    step = np.arange(-half, half)
    grown = np.exp(tilt[:, None] * step)
    transform = np.fft.fft(np.fft.ifftshift(mass * grown, axes=1), axis=1)
    coefficients = -np.fft.ifft(np.log(1.0 - transform), axis=1).real
    coefficients[:, 1:half] /= grown[:, half + 1 :]
    coefficients[:, 0] = 0.0
    coefficients[:, half:] = 0.0
    wait = np.exp(np.fft.fft(coefficients, axis=1) - coefficients.sum(axis=1, keepdims=True))
    return np.asarray(np.fft.ifft(wait, axis=1).real)
