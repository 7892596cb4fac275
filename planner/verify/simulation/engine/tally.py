"""What is counted as requests get their first token and their last."""

from __future__ import annotations

import math

from planner.verify.simulation.engine.compiled import compiled
from planner.verify.simulation.engine.world import (
    BINS,
    BINS_PER_DECADE,
    NONE,
    PACE,
    SHORTEST_S,
    TPOT,
    TTFT,
    World,
)


@compiled
def bin_of(seconds: float) -> int:
    """The bin of a histogram of times."""
    if seconds <= SHORTEST_S:
        return 0
    return min(BINS - 1, int(math.log10(seconds / SHORTEST_S) * BINS_PER_DECADE) + 1)


@compiled
def first_token(world: World, slot: int, moment: float) -> None:
    """Count the time to the first token, once."""
    request = world.requests[slot]
    if not math.isnan(request["first"]):
        return
    request["first"] = moment
    period, kind, group = request["period"], request["kind"], request["group"]
    waited = moment - request["base"]
    if (
        request["not_before"] > -math.inf
    ):  # the plan lets it in as the clock says, but its unit takes its time
        waited += (moment - request["not_before"]) * (world.clock[PACE] - 1.0)
    limits = world.ttft_limit[kind]
    loosest = 0.0
    for place in range(len(limits)):
        if waited <= limits[place] and period != NONE:
            world.within[kind, place, period, group] += 1
        if limits[place] < math.inf or place == 0:
            loosest = max(loosest, limits[place])
    request["late"] = waited > loosest
    if period != NONE:
        world.bins[kind, TTFT, period % world.bins.shape[2], bin_of(waited)] += 1


@compiled
def last_token(world: World, slot: int, moment: float) -> None:
    """Count the time per token of the steps that wrote a request, and whether all limits were kept."""
    request = world.requests[slot]
    period, kind, group = request["period"], request["kind"], request["group"]
    if period == NONE:
        return
    kept = True
    if world.kinds[kind]["has_decode"]:
        each = (moment - request["began"]) / request["owed"]
        kept = each <= world.kinds[kind]["tpot_limit"]
        world.seen[kind, period, group]["written"] += 1
        world.seen[kind, period, group]["written_in_time"] += kept
        world.bins[kind, TPOT, period % world.bins.shape[2], bin_of(each)] += 1
    if kept and not request["late"]:
        world.seen[kind, period, group]["good"] += 1
