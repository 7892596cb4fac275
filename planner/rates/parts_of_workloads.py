"""Parts of the workloads of a deployment that units may be kept to, so that a strict promise binds no others.

A unit that does several works keeps the headroom of the one that needs most, and its prompts may wait behind those of
any. A router that sends it some workloads alone makes another unit of it, with the headroom of these. With such units
for every part of the workloads of a deployment another workload never takes anything away: what was possible before
is one of the parts.
"""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING

from planner.rates.waits import waits_count

if TYPE_CHECKING:
    from planner.instance import Deployment, Instance

MOST_IN_PARTS = 4
"""Workloads of a deployment of which every part has units: 14 parts. Of more, each alone and all together."""


def parts_kept_apart(
    instance: Instance, deployment: Deployment, workloads: tuple[str, ...]
) -> list[tuple[str, ...]]:
    """Parts of some workloads of a deployment that units are kept to, the largest first; without the whole.

    None where nothing that a part leaves out could bind it, or `serve_apart` rules it out. Nor where availability is
    promised: units that are up stand in for others there, whatever they were kept to. Classes of lengths of a
    workload that waits have units of their own in any case: what is short then waits behind nothing that is long.
    """
    if len(workloads) < 2:
        return []
    given = [instance.workloads[name] for name in workloads]
    binding = any(waits_count(one) or one.customers is not None for one in given)
    promised = any(one.sla.availability is not None for one in given)
    if not binding or promised or not deployment.serve_apart:
        return [(name,) for name in workloads if _is_waiting_class(instance, name)]
    sizes = range(len(workloads) - 1, 0, -1) if len(workloads) <= MOST_IN_PARTS else (1,)
    return list(chain.from_iterable(combinations(workloads, size) for size in sizes))


def _is_waiting_class(instance: Instance, name: str) -> bool:
    lengths = instance.workloads[name].lengths
    return lengths is not None and lengths.is_class and waits_count(instance.workloads[name])
