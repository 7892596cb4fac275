"""Erlang's two formulas, stable from one server to many thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def erlang_b(servers: ArrayLike, load: ArrayLike) -> NDArray[np.float64]:
    """Probability that an arrival finds all servers busy when nobody waits (M/G/c/c).

    1/B(0) = 1,  1/B(k) = 1 + k/load * 1/B(k-1)                      (A. K. Erlang, 1917)

    The inverse is carried, so that nothing is ever subtracted and nothing underflows.

    Parameters
    ----------
    servers
        Number of servers, integers >= 0; broadcasts with `load`.
    load
        Offered load in erlangs (arrival rate times mean service time), > 0.

    Raises
    ------
    ValueError
        If a number of servers is negative or a load is not positive.
    """
    count, erlangs = np.broadcast_arrays(np.asarray(servers, dtype=np.int64), np.asarray(load, dtype=float))
    if np.any(count < 0) or not np.all(erlangs > 0):
        raise ValueError("erlang_b needs servers >= 0 and load > 0")
    inverse = np.ones(count.shape)
    with np.errstate(over="ignore"):
        for k in range(1, int(count.max(initial=0)) + 1):
            inverse = np.where(k <= count, 1.0 + k / erlangs * inverse, inverse)
    return np.asarray(1.0 / inverse)


def erlang_c(servers: ArrayLike, load: ArrayLike) -> NDArray[np.float64]:
    """Probability that an arrival has to wait (M/M/c, first come first served).

    C = B / (1 - utilisation * (1 - B)),  and 1 where the load reaches the servers   (A. K. Erlang, 1917)

    Parameters and errors are those of `erlang_b`.
    """
    blocked = erlang_b(servers, load)
    with np.errstate(divide="ignore", invalid="ignore"):
        utilisation = np.minimum(np.asarray(load, dtype=float) / np.asarray(servers, dtype=float), 1.0)
    return np.asarray(blocked / (1.0 - utilisation * (1.0 - blocked)))
