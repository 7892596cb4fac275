"""Simulate: requests, one by one, against the capacity of a plan."""

from planner.simulation.arrivals import Stream
from planner.simulation.cache import PrefixCache, cached_tokens, hit_share
from planner.simulation.fifo import Pool, Served, serve, steady_pool
from planner.simulation.measure import BusyLimits, busy_limits
from planner.simulation.measures import Estimate, Promise, Replay, WorkloadReplay
from planner.simulation.replay import Outcome, Stage, replay
from planner.simulation.replaying import Options, simulate
from planner.simulation.requests import Requests
from planner.simulation.shared import Jobs, SharedPool, serve_shared
from planner.simulation.trace import read_trace

__all__ = [
    "BusyLimits",
    "Estimate",
    "Jobs",
    "Options",
    "Outcome",
    "Pool",
    "PrefixCache",
    "Promise",
    "Replay",
    "Requests",
    "Served",
    "SharedPool",
    "Stage",
    "Stream",
    "WorkloadReplay",
    "busy_limits",
    "cached_tokens",
    "hit_share",
    "read_trace",
    "replay",
    "serve",
    "serve_shared",
    "simulate",
    "steady_pool",
]
