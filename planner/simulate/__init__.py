"""Simulate: requests, one by one, against the capacity of a plan."""

from planner.simulate.arrivals import Stream
from planner.simulate.cache import PrefixCache, cached_tokens, hit_share
from planner.simulate.fifo import Pool, Served, serve, steady_pool
from planner.simulate.measure import BusyLimits, busy_limits
from planner.simulate.measures import Estimate, Promise, Replay, WorkloadReplay
from planner.simulate.replay import Outcome, Stage, replay
from planner.simulate.requests import Requests
from planner.simulate.simulate import Options, simulate
from planner.simulate.trace import read_trace

__all__ = [
    "BusyLimits",
    "Estimate",
    "Options",
    "Outcome",
    "Pool",
    "PrefixCache",
    "Promise",
    "Replay",
    "Requests",
    "Served",
    "Stage",
    "Stream",
    "WorkloadReplay",
    "busy_limits",
    "cached_tokens",
    "hit_share",
    "read_trace",
    "replay",
    "serve",
    "simulate",
    "steady_pool",
]
