"""The expert-parallel balancer: copy hot experts, place the copies, make the busiest GPU light."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.balance.packing import pack, replicas, spread
from kernels.balance.refine import refine
from kernels.errors import KernelError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kernels.arrays import Floats, Integers

START_SLOTS = 8192  # slots over all starts and layers: many starts where they are cheap, one where not
REFINED_SLOTS = 1024  # slots over all starts and layers that go through the exchange search


@dataclass(frozen=True)
class Placement:
    """`expert[layer, gpu, slot]`: which expert's weights sit in a slot. Copies share load evenly."""

    expert: Integers

    def gpu_load(self, load: Floats) -> Floats:
        """Load of every GPU, [layers, gpus], for expert loads [layers, experts]."""
        layers, gpus, slots = self.expert.shape
        row = np.arange(layers)[:, None]
        flat = self.expert.reshape(layers, -1)
        count = np.zeros(load.shape)
        np.add.at(count, (np.broadcast_to(row, flat.shape), flat), 1.0)
        found: Floats = (load / np.maximum(count, 1.0))[row, flat].reshape(layers, gpus, slots).sum(axis=2)
        return found

    def balancedness(self, load: Floats) -> Floats:
        """Mean over maximum GPU load per layer, shape [layers]; 1 is perfect."""
        found = self.gpu_load(load)
        ratio: Floats = found.mean(axis=1) / found.max(axis=1)
        return ratio


def unbalanced(layers: int, experts: int, gpus: int) -> Placement:
    """Experts in their own order, one copy each: what runs without a balancer."""
    _whole(experts, gpus, "experts over GPUs")
    rows = np.arange(experts).reshape(1, gpus, experts // gpus)
    return Placement(np.tile(rows, (layers, 1, 1)))


def balance_experts(load: Floats, gpus: int, slots: int, groups: int = 1, nodes: int = 1) -> Placement:
    """Place `slots` copies of the experts of `load` [layers, experts] on `gpus`.

    Global policy (nodes = 1): copy the hottest experts wherever they live, pack the copies. Hierarchical
    policy (nodes divide groups): pack whole expert groups to nodes first, so that node-limited routing
    keeps its traffic inside a node, then copy and pack inside every node. Both end with an exchange
    search that only ever lowers the maximum, and neither returns a placement worse than the unbalanced
    one where that has no more slots.

    Raises KernelError when the counts do not divide, or the slots are fewer than the experts.
    """
    layers, experts = load.shape
    _whole(slots, gpus, "slots over GPUs")
    if slots < experts:
        raise KernelError(f"{slots} slots cannot hold {experts} experts")
    if nodes == 1:
        placement = _global(load, gpus, slots)
    else:
        _whole(groups, nodes, "expert groups over nodes")
        _whole(gpus, nodes, "GPUs over nodes")
        placement = _hierarchical(load, gpus, slots, groups, nodes)
    if experts % gpus:
        return placement
    plain = unbalanced(layers, experts, gpus)
    better = placement.balancedness(load) >= plain.balancedness(load)
    if better.all():
        return placement
    filled = np.concatenate([plain.expert, plain.expert[:, :, : slots // gpus - experts // gpus]], axis=2)
    return Placement(np.where(better[:, None, None], placement.expert, filled))


def _global(load: Floats, gpus: int, slots: int) -> Placement:
    """Copy and pack from several starts at once, refine the best starts of every layer, keep the best."""
    layers = len(load)
    starts, count, guess = _starts(load, slots)
    expert = spread(count)
    row = np.arange(len(count))[:, None]
    gpu = pack((guess / count)[row, expert], gpus)
    order = np.argsort(gpu, axis=1, kind="stable")
    placed = expert[row, order].reshape(starts, layers, gpus, slots // gpus)
    top = np.stack([Placement(start).gpu_load(load).max(axis=1) for start in placed])
    kept = max(1, min(starts, REFINED_SLOTS // (slots * layers)))
    chosen = np.argsort(top, axis=0, kind="stable")[:kept]  # [kept, layers]
    refined = [Placement(refine(start, load)) for start in placed[chosen, np.arange(layers)]]
    reached = np.stack([start.gpu_load(load).max(axis=1) for start in refined])
    return Placement(
        np.stack([start.expert for start in refined])[np.argmin(reached, axis=0), np.arange(layers)]
    )


def _starts(load: Floats, slots: int) -> tuple[int, Integers, Floats]:
    """Copies per expert [starts layers, experts] to begin from, and the loads to pack them by.

    Small cases take every possible count. Large ones take the greedy count of the true loads, then of
    loads blurred by a log-normal factor, which finds counts and orders that greedy choices miss.
    """
    layers, experts = load.shape
    extra = slots - experts
    if math.comb(extra + experts - 1, extra) * slots * layers <= REFINED_SLOTS:
        copied = [np.bincount(picks, minlength=experts) for picks in _multisets(experts, extra)]
        count = np.repeat(np.array(copied, dtype=np.int64) + 1, layers, axis=0)
        return len(copied), count, np.tile(load, (len(copied), 1))
    starts = max(1, START_SLOTS // (slots * layers))
    noise = np.random.default_rng(0).standard_normal((starts, layers, experts))
    blur = np.linspace(0.0, 1.0, starts)[:, None, None] * noise
    guess = (load * np.exp(blur)).reshape(starts * layers, experts)
    return starts, replicas(guess, slots), guess


def _multisets(experts: int, extra: int) -> Iterable[Integers]:
    for picks in itertools.combinations_with_replacement(range(experts), extra):
        yield np.array(picks, dtype=np.int64)


def _hierarchical(load: Floats, gpus: int, slots: int, groups: int, nodes: int) -> Placement:
    """Groups to nodes, then the global policy inside every node."""
    layers, experts = load.shape
    size = experts // groups
    node = pack(load.reshape(layers, groups, size).sum(axis=2), nodes)
    order = np.argsort(node, axis=1, kind="stable")  # groups, node by node
    member = (order[:, :, None] * size + np.arange(size)).reshape(layers, nodes, -1)
    row = np.arange(layers)[:, None]
    parts = []
    for index in range(nodes):
        own = member[:, index]
        inside = _global(load[row, own], gpus // nodes, slots // nodes)
        parts.append(own[row[:, :, None], inside.expert])
    return Placement(np.concatenate(parts, axis=1))


def _whole(count: int, parts: int, what: str) -> None:
    if count % parts:
        raise KernelError(f"{what}: {count} does not divide by {parts}")
