"""Settle: the decisions of an engine without its tolerances, so that the records of a plan add up exactly.

Engines keep rows to a tolerance. Afterwards the use of channels adds up to the nodes in use, what vendors take lies
between none and all, discounts are those of what is spent, and the shares by route add up to what is served.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.model.decode_sites import settled_flow
from planner.model.values import NEGLIGIBLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.values import Values

NEGLIGIBLE_SHARE = 1e-9
NEGLIGIBLE_PARTS = 1e-6
"""Parts of a node by which an engine may miss a whole number of them."""
WHOLE_NODE = 1e-6
"""So near below a whole number of nodes an engine leaves a sum that is one."""


def settled(sets: Sets, values: Values) -> Values:
    """The same decisions, exact."""
    share = np.clip(values.market["outsource"], 0.0, 1.0)
    share = np.where(share > NEGLIGIBLE_SHARE, share, 0.0)
    shed = np.where(values.shed > NEGLIGIBLE, np.clip(values.shed, 0.0, 1.0), 0.0)
    market = values.market | {"outsource": share, "tier": _tiers(sets, values, share)}
    within = replace(values, shed=shed, use=_use(sets, values), market=market)
    flow = settled_flow(sets, within)
    return replace(within, busy=_busy(sets, values, flow), market=market | {"flow": flow})


def _busy(sets: Sets, values: Values, flow: NDArray[np.float64]) -> NDArray[np.float64]:
    """Time by unit, work and period for what is sent, `flow` [workload, route, period], where more was sent before."""
    if sets.sites is None:
        return values.busy
    before, after = values.market["flow"].sum(axis=1), flow.sum(axis=1)
    share = np.divide(after, before, out=np.ones_like(after), where=before > 0)
    return np.asarray(values.busy * np.minimum(share, 1.0)[list(sets.market.workload_of)])


def _use(sets: Sets, values: Values) -> NDArray[np.float64]:
    """Use of each channel of metered hardware, so that it sums to the nodes in use or lent.

    In proportion; where nodes are lent, what is too much is first taken off channels that cannot be lent. What is
    whole parts of nodes but for a tolerance is whole parts, and whole nodes stay whole.
    """
    parts = sets.parts[[channel.hardware for channel in sets.channels]][:, None]
    whole = np.rint(values.use * parts)
    near = np.abs(values.use * parts - whole) <= NEGLIGIBLE_PARTS
    use = np.maximum(np.where(near, whole / parts, values.use), 0.0)
    use[sets.use_is_whole] = np.rint(use[sets.use_is_whole])
    by_channel = nodes_seated(sets, values)
    for hardware in sets.metered_hardware:
        seated = [channel for channel in sets.channels_of(hardware) if channel in by_channel]
        for channel in seated:
            use[channel] = by_channel[channel]
        if seated:
            continue
        channels = np.array(sets.channels_of(hardware))
        units, lent = sets.hardware_of == hardware, nodes_lent(sets, values, hardware)
        needed = sets.nodes[units] @ values.on[units] + lent
        if lent.any():
            others = channels[[not sets.channels[channel].lendable for channel in channels]]
            excess = np.maximum(use[channels].sum(axis=0) - needed, 0.0)
            _take_off(sets, use, others, excess)
        _take_off(sets, use, channels, np.maximum(use[channels].sum(axis=0) - needed, 0.0))
        averaged = channels[~sets.use_is_whole[channels]]
        whole = use[channels[sets.use_is_whole[channels]]].sum(axis=0)
        _scale(use, averaged, np.maximum(needed - whole, 0.0))
    return use


def nodes_seated(sets: Sets, values: Values) -> dict[int, NDArray[np.float64]]:
    """Nodes under units and those lent of every channel of which that is decided, shape [period]."""
    found: dict[int, NDArray[np.float64]] = {}
    for one in sets.seated:
        size = np.array(
            [one.parts, *one.small, *(nodes * one.parts for nodes in one.together)], dtype=np.float64
        )
        for channel in one.channels:
            seated = np.rint(values.market["seated"][channel, : one.kinds])
            found[channel] = size @ seated / one.parts + np.rint(values.market["lent_nodes"][channel])
    return found


def _take_off(
    sets: Sets, use: NDArray[np.float64], channels: NDArray[np.int64], excess: NDArray[np.float64]
) -> None:
    """Take so much off the use of some channels, shape [period]: whole nodes off those that are whole."""
    averaged = channels[~sets.use_is_whole[channels]]
    there = use[averaged].sum(axis=0)
    off = np.minimum(there, excess)
    _scale(use, averaged, there - off)
    left = np.floor(excess - off + WHOLE_NODE)
    for channel in channels[sets.use_is_whole[channels]].tolist():
        nodes = np.minimum(use[channel], left)
        use[channel] -= nodes
        left -= nodes


def _scale(use: NDArray[np.float64], channels: NDArray[np.int64], total: NDArray[np.float64]) -> None:
    """Bring the use of some channels to a total, shape [period], each in proportion; none stays none."""
    reported = use[channels].sum(axis=0)
    use[channels] *= np.divide(total, reported, out=np.zeros_like(total), where=reported > 0)


def nodes_lent(sets: Sets, values: Values, hardware: int) -> NDArray[np.float64]:
    """Nodes of a hardware that are lent, shape [period]."""
    nodes = np.zeros(sets.periods)
    for place, taker in enumerate(sets.market.lendings):
        if taker.hardware == hardware:
            for block in np.flatnonzero(values.market["lend"][place]).tolist():
                span = slice(int(taker.first[block]), int(taker.last[block]) + 1)
                nodes[span] += taker.block_nodes * values.market["lend"][place, block]
    return nodes


def _tiers(sets: Sets, values: Values, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """What of a day's list spending falls into each tier of a vendor, shape [vendor, day, tier]."""
    tier = np.zeros_like(values.market["tier"])
    for place, vendor in enumerate(sets.market.vendors):
        if not vendor.tier_from:
            continue
        usd = (vendor.usd_per_hour * share[place]).sum(axis=0) * sets.timeline.hours
        spent = np.bincount(sets.timeline.day, weights=usd, minlength=tier.shape[1])
        begins = np.array(vendor.tier_from)
        widths = np.append(np.diff(begins), np.inf)
        tier[place, :, : len(begins)] = np.clip(spent[:, None] - begins, 0.0, widths)
    return tier
