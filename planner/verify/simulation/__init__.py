"""Simulate: requests, one by one, through the engines of a plan."""

from planner.verify.simulation.cache import PrefixCache, cached_tokens, hit_share
from planner.verify.simulation.engine.compiled import COMPILED, NOTE
from planner.verify.simulation.engine.world import RANK_RULES, ROUTERS
from planner.verify.simulation.fifo import ServerPool, ServiceTimes, serve, steady_pool
from planner.verify.simulation.lived import Lived, compared
from planner.verify.simulation.lived_demand import read_demand
from planner.verify.simulation.margins import LOADS, MarginCell, MarginTable, margin_table
from planner.verify.simulation.measure import MeasuredBusyLimits, busy_limits
from planner.verify.simulation.measures import Promise, Replay, ReplayEstimate, WorkloadReplay
from planner.verify.simulation.replaying import ReplayOptions, simulate
from planner.verify.simulation.requests import Requests
from planner.verify.simulation.trace import read_trace

__all__ = [
    "COMPILED",
    "LOADS",
    "NOTE",
    "RANK_RULES",
    "ROUTERS",
    "Lived",
    "MarginCell",
    "MarginTable",
    "MeasuredBusyLimits",
    "PrefixCache",
    "Promise",
    "Replay",
    "ReplayEstimate",
    "ReplayOptions",
    "Requests",
    "ServerPool",
    "ServiceTimes",
    "WorkloadReplay",
    "busy_limits",
    "cached_tokens",
    "compared",
    "hit_share",
    "margin_table",
    "read_demand",
    "read_trace",
    "serve",
    "simulate",
    "steady_pool",
]
