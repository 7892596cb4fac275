"""Whether nodes are as well full of a unit as with some of it: where more of them there cost nothing and are in no way.

A plan then loses nothing by units beside those that it has on a node, so least counts of full nodes leave out no cost.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from planner.instance.channels import Grain
from planner.rates.nodes import node_of
from planner.rates.site_energy import offers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.instance import Instance
    from planner.instance.channels import Offers
    from planner.rates.rates import Rates


def only_gpus(instance: Instance, hardware: str) -> bool:
    """Whether GPUs of a hardware are sold one by one alone: units of a kind then fill one node after another."""
    return all(_by_the_gpu(instance, hardware))


def some_gpus(instance: Instance, hardware: str) -> bool:
    """Whether some channel sells GPUs of a hardware one by one."""
    return any(_by_the_gpu(instance, hardware))


def _by_the_gpu(instance: Instance, hardware: str) -> list[bool]:
    node = node_of(instance, hardware)
    return [channel.grain(node) is Grain.GPU for channel in instance.fleet[hardware].values()]


def packs_full(instance: Instance, rates: Rates, units: Sequence[int]) -> list[bool]:
    """Which of some units share nodes that the units of their hardware can fill whatever lies there, so that no node
    carries more than it does full of one kind, and of which no more nodes hold units than serve.
    """
    found = []
    for unit in units:
        kind = rates.units[unit]
        node = node_of(instance, kind.hardware).gpus
        sizes = {rates.units[one].gpus for one in units if _is_small(rates, one, kind.hardware)}
        chain = sorted({*sizes, node})
        adds_up = all(large % small == 0 for small, large in pairwise(chain))
        serve = all(offer.available_share == 1.0 for offer in _offers(instance, kind.hardware))
        found.append(_is_small(rates, unit, kind.hardware) and adds_up and serve)
    return found


def _offers(instance: Instance, hardware: str) -> list[Offers]:
    return [offers_of(instance, hardware, channel) for channel in instance.fleet[hardware]]


def _is_small(rates: Rates, unit: int, hardware: str) -> bool:
    return rates.units[unit].hardware == hardware and rates.units[unit].nodes < 1


def fills_freely(instance: Instance, rates: Rates, unit: int) -> bool:
    """Whether full nodes are no loss: no other small units lie there, and use and starts cost and bind to nothing."""
    kind, start_up, limits = rates.units[unit], instance.start_up, instance.limits
    if kind.start_usd > 0 or start_up.hours > 0 or start_up.minimum_up_hours > instance.horizon.period_hours:
        return False
    others = (one for one in range(len(rates.units)) if one != unit)
    if any(_is_small(rates, one, kind.hardware) for one in others):
        return False
    if limits.sites or limits.change is not None or limits.carbon_kg is not None:
        return False
    if any(site.carbon_usd_per_t > 0 for site in instance.sites.values()):
        return False
    return not any(
        offer.running_usd_per_node_hour.any() or offer.loss is not None or offer.available_share < 1.0
        for offer in _offers(instance, kind.hardware)
    )
