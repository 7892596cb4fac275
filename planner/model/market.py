"""The question beyond nodes and units: vendors, lending, spend commitments, limits on the plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.limits import Limits
from planner.instance.outsourcing import list_usd_per_hour, takes, tokens_per_s
from planner.model.treatment import BY_OTHERS, NAME
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.rates import Rates


@dataclass(frozen=True)
class VendorSet:
    """One vendor. `usd_per_hour` and `tokens_per_s`, shape [workload, period], are those of the whole demand
    (0 where it may not take the workload); daily spending from `tier_from[k]` on gets `tier_discount[k]`.
    """

    name: str
    takes: tuple[int, ...]
    usd_per_hour: NDArray[np.float64]
    tokens_per_s: NDArray[np.float64]
    most_tokens_per_s: float
    tier_from: tuple[float, ...]
    tier_discount: tuple[float, ...]


@dataclass(frozen=True)
class LendingSet:
    """One taker of nodes. `first`, `last` and `credit_usd_per_node` have the shape [block]."""

    name: str
    hardware: int
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    credit_usd_per_node: NDArray[np.float64]
    block_nodes: int
    max_nodes: int
    ramp_nodes_per_hour: float


@dataclass(frozen=True)
class CommitmentSet:
    """One spend commitment. `first`, `last`, and `price_usd` for a dollar an hour, have the shape [span]."""

    name: str
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    price_usd: NDArray[np.float64]
    increment_usd_per_hour: float
    most_usd_per_hour: float


@dataclass(frozen=True)
class Market:
    """All of them, with the workload axis they share; `workload_of[work]` is a position on it.

    `single_pool` lists the works that may not be split; `channel_power_kw[channel]` is a node's draw in use,
    `channel_idle_kw[channel]` that of one that runs nothing.
    """

    workloads: tuple[str, ...] = field(default=(), metadata=NAME)
    workload_of: tuple[int, ...] = field(default=(), metadata=BY_OTHERS)
    vendors: tuple[VendorSet, ...] = field(default=(), metadata=BY_OTHERS)
    lendings: tuple[LendingSet, ...] = field(default=(), metadata=BY_OTHERS)
    commitments: tuple[CommitmentSet, ...] = field(default=(), metadata=BY_OTHERS)
    limits: Limits = field(default_factory=Limits, metadata=BY_OTHERS)
    single_pool: tuple[int, ...] = field(default=(), metadata=BY_OTHERS)
    channel_power_kw: tuple[float, ...] = field(default=(), metadata=BY_OTHERS)
    channel_idle_kw: tuple[float, ...] = field(default=(), metadata=BY_OTHERS)


def market_of(instance: Instance, rates: Rates) -> Market:
    """Collect these parts from the instance."""
    workloads = tuple(instance.workloads)
    return Market(
        workloads=workloads,
        workload_of=tuple(workloads.index(work.workload) for work in rates.works),
        vendors=tuple(_vendor(instance, name) for name in instance.vendors),
        lendings=tuple(_lending(instance, name) for name in instance.lending),
        commitments=tuple(_commitment(instance, name) for name in instance.spend_commitments),
        limits=instance.limits,
        single_pool=tuple(
            place for place, work in enumerate(rates.works) if instance.workloads[work.workload].single_pool
        ),
        channel_power_kw=tuple(
            channel.power_kw_of(node_of(instance, hardware))
            for hardware, channels in instance.fleet.items()
            for channel in channels.values()
        ),
        channel_idle_kw=tuple(
            node_of(instance, hardware).idle_kw
            for hardware, channels in instance.fleet.items()
            for _ in channels
        ),
    )


def _vendor(instance: Instance, name: str) -> VendorSet:
    vendor = instance.vendors[name]
    periods = instance.periods
    taken = [takes(instance, name, workload) for workload in instance.workloads]
    nothing = np.zeros(periods)
    usd = [
        list_usd_per_hour(instance, name, workload) if taken[place] else nothing
        for place, workload in enumerate(instance.workloads)
    ]
    tokens = [
        tokens_per_s(instance, workload) if taken[place] else nothing
        for place, workload in enumerate(instance.workloads)
    ]
    tiers = [(0.0, 0.0), *((tier.above_usd_per_day, tier.discount_share) for tier in vendor.tiers)]
    if len(tiers) > 1 and tiers[1][0] == 0.0:
        tiers = tiers[1:]
    return VendorSet(
        name=name,
        takes=tuple(np.flatnonzero(taken).tolist()),
        usd_per_hour=np.array(usd),
        tokens_per_s=np.array(tokens),
        most_tokens_per_s=np.inf if vendor.max_tokens_per_s is None else vendor.max_tokens_per_s,
        tier_from=tuple(amount for amount, _ in tiers) if vendor.tiers else (),
        tier_discount=tuple(discount for _, discount in tiers) if vendor.tiers else (),
    )


def _lending(instance: Instance, name: str) -> LendingSet:
    lending = instance.lending[name]
    first, last = lending.blocks(instance.timeline)
    ramp = lending.ramp_nodes_per_hour
    return LendingSet(
        name=name,
        hardware=tuple(instance.fleet).index(lending.hardware),
        first=first,
        last=last,
        credit_usd_per_node=lending.credit_usd_per_node(instance.timeline),
        block_nodes=lending.block_nodes,
        max_nodes=lending.max_nodes,
        ramp_nodes_per_hour=np.inf if ramp is None else ramp,
    )


def _commitment(instance: Instance, name: str) -> CommitmentSet:
    plan = instance.spend_commitments[name]
    first, last = plan.spans(instance.timeline)
    return CommitmentSet(
        name=name,
        first=first,
        last=last,
        price_usd=plan.price_usd(instance.timeline),
        increment_usd_per_hour=plan.increment_usd_per_hour,
        most_usd_per_hour=np.inf if plan.max_usd_per_hour is None else plan.max_usd_per_hour,
    )
