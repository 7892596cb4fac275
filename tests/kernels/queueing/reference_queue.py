"""An independent simulation of GI/G/c, first come first served, to hold the formulas against."""

from __future__ import annotations

from heapq import heapreplace

import numpy as np

WARM_UP = 0.05


def draw(rng, kind, count, law="gamma"):
    """Positive times with mean 1: `kind` is 0 for constant, else the scv of a gamma or hyperexponential."""
    if law == "hyperexponential":
        share = (1 + np.sqrt((kind - 1) / (kind + 1))) / 2
        often = rng.random(count) < share
        return np.where(often, 0.5 / share, 0.5 / (1 - share)) * rng.standard_exponential(count)
    return np.ones(count) if kind == 0 else rng.gamma(1.0 / kind, kind, count)


def waits(arrivals, services, servers):
    """Waits by the recursion of the earliest free server."""
    if np.ptp(services) == 0.0:
        return constant_service_waits(arrivals, services[0], servers)
    free = [0.0] * servers
    out = np.empty(len(arrivals))
    for place, (arrival, service) in enumerate(zip(arrivals.tolist(), services.tolist(), strict=True)):
        start = free[0] if free[0] > arrival else arrival
        out[place] = start - arrival
        heapreplace(free, start + service)
    return out


def constant_service_waits(arrivals, service, servers):
    """With constant service every `servers`-th request meets the same server: one running maximum each."""
    count = len(arrivals) // servers * servers
    turns = arrivals[:count].reshape(-1, servers)
    ideal = turns - service * np.arange(len(turns))[:, None]
    return (np.maximum.accumulate(ideal, axis=0) - ideal).ravel()


def simulated_cap(
    servers, wait, percentile, arrival_scv, service_scv, requests, seed=0, steps=12, law="gamma"
):
    """Highest utilisation at which the percentile of the wait stays within `wait` mean service times.

    The same random numbers at every utilisation, so that the percentile rises with it along the path.
    """
    rng = np.random.default_rng(seed)
    gaps = np.cumsum(draw(rng, arrival_scv, requests, law))
    services = draw(rng, service_scv, requests)
    skip = int(WARM_UP * requests)
    low, high = 0.0, 1.0
    for _ in range(steps):
        middle = (low + high) / 2.0
        found = np.quantile(waits(gaps / (middle * servers), services, servers)[skip:], percentile)
        low, high = (middle, high) if found <= wait else (low, middle)
    return (low + high) / 2.0
