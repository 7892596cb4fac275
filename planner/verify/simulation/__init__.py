"""Simulate: requests, one by one, against the capacity of a plan."""

from planner.verify.simulation.arrivals import Stream
from planner.verify.simulation.cache import PrefixCache, cached_tokens, hit_share
from planner.verify.simulation.fifo import Pool, Served, serve, steady_pool
from planner.verify.simulation.measure import BusyLimits, busy_limits
from planner.verify.simulation.measures import Estimate, Promise, Replay, WorkloadReplay
from planner.verify.simulation.replay import Outcome, Stage, replay
from planner.verify.simulation.replaying import Options, simulate
from planner.verify.simulation.requests import Requests
from planner.verify.simulation.shared import Jobs, SharedPool, serve_shared
from planner.verify.simulation.trace import read_trace

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
