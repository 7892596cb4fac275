"""Simulate: requests, one by one, against the capacity of a plan."""

from planner.verify.simulation.arrivals import Stream
from planner.verify.simulation.cache import PrefixCache, cached_tokens, hit_share
from planner.verify.simulation.fifo import ServerPool, ServiceTimes, serve, steady_pool
from planner.verify.simulation.measure import MeasuredBusyLimits, busy_limits
from planner.verify.simulation.measures import Promise, Replay, ReplayEstimate, WorkloadReplay
from planner.verify.simulation.replay import PhasePool, StreamOutcome, replay
from planner.verify.simulation.replaying import ReplayOptions, simulate
from planner.verify.simulation.requests import Requests
from planner.verify.simulation.shared import Jobs, SharedPool, serve_shared
from planner.verify.simulation.trace import read_trace

__all__ = [
    "Jobs",
    "MeasuredBusyLimits",
    "PhasePool",
    "PrefixCache",
    "Promise",
    "Replay",
    "ReplayEstimate",
    "ReplayOptions",
    "Requests",
    "ServerPool",
    "ServiceTimes",
    "SharedPool",
    "Stream",
    "StreamOutcome",
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
