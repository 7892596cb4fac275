"""Checks across sections for vendors, lending, commitments, limits and stages: names that must exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernels import KernelError
from planner.core.suggest import did_you_mean
from planner.instance.channels import KINDS
from planner.instance.outsourcing import takes
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.loader.finding import PathFinding


def lending_findings(instance: Instance) -> Iterator[PathFinding]:
    """Takers of hardware that nobody holds."""
    for name, lending in instance.lending.items():
        if lending.hardware not in instance.fleet:
            hint = did_you_mean(lending.hardware, instance.fleet)
            yield ("lending", name, "hardware"), f"hardware '{lending.hardware}' is not in the fleet{hint}"


def vendor_findings(instance: Instance) -> Iterator[PathFinding]:
    """Discounts that fit no day, workloads that do not exist or are in requests."""
    hours = instance.horizon.period_hours
    for name, vendor in instance.vendors.items():
        if vendor.tiers and (hours > 24.0 or abs(24.0 / hours - round(24.0 / hours)) > 1e-9):
            message = f"discounts are by the day, and a day is no whole number of periods of {hours:g} h"
            yield ("vendors", name, "tiers"), f"{message}: choose period_hours that divide 24"
        for workload in vendor.workloads or ():
            if workload not in instance.workloads:
                hint = did_you_mean(workload, instance.workloads)
                yield ("vendors", name, "workloads"), f"no workload '{workload}'{hint}"
            elif not takes(instance, name, workload):
                yield ("vendors", name, "workloads"), f"'{workload}' is in requests, a vendor sells tokens"


def spending_findings(instance: Instance) -> Iterator[PathFinding]:
    """Commitments that do not exist."""
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            key, commitment = channel.traits.draws_on, channel.commitment()
            if key is None or commitment is None:
                continue
            if commitment not in instance.spend_commitments:
                hint = did_you_mean(commitment, instance.spend_commitments)
                yield ("fleet", hardware, name, key), f"no spend commitment '{commitment}'{hint}"


def drawing_findings(instance: Instance) -> Iterator[PathFinding]:
    """Commitments that nothing draws on; none beside a channel that draws on one that is not there: it may mean it."""
    drawn = {channel.commitment() for entry in instance.fleet.values() for channel in entry.values()}
    if drawn - {None, *instance.spend_commitments}:
        return
    drawing = " or ".join(name for name, kind in KINDS.items() if kind.traits.draws_on is not None)
    for name in instance.spend_commitments:
        if name not in drawn:
            yield ("spend_commitments", name), f"no channel of kind {drawing} draws on it"


def limit_findings(instance: Instance) -> Iterator[PathFinding]:
    """Limits on what there is not, or that nothing can be counted against."""
    for key in ("cash_usd_per_stage", "peak_funding_usd"):
        if getattr(instance.limits, key) is not None and not instance.stages:
            yield ("limits", key), "needs stages: without them nothing that is paid has a date"
    if instance.limits.carbon_kg is not None and not instance.sites:
        yield ("limits", "carbon_kg"), "needs sites, with the carbon_g_per_kwh of their electricity"
    channels = [
        (("fleet", hardware, name), hardware, channel)
        for hardware, entry in instance.fleet.items()
        for name, channel in entry.items()
    ]
    for kind, given in (("sites", instance.limits.sites), ("providers", instance.limits.providers)):
        key = kind.removesuffix("s")
        named = {name for path, _, _ in channels if (name := _named(instance, key, *path[1:])) is not None}
        for name in given:
            if name not in named:
                yield ("limits", kind, name), f"no channel has this {key}{did_you_mean(name, named)}"
    for path, hardware, channel in channels:
        site = instance.site_of(hardware, path[2])
        counted = site in instance.limits.sites and hardware_known(instance, hardware)
        if counted and channel.power_kw_of(node_of(instance, hardware)) == 0.0:
            yield path, f"counts at site '{site}', but no power of a {hardware} node is known"


def _named(instance: Instance, key: str, hardware: str, channel: str) -> str | None:
    """Site or provider of a channel."""
    return (
        instance.site_of(hardware, channel) if key == "site" else instance.fleet[hardware][channel].provider
    )


def stage_findings(instance: Instance) -> Iterator[PathFinding]:
    """Stages that scale workloads that do not exist, prices that follow series that do not, and series without use."""
    for name, stage in instance.stages.items():
        for workload in stage.workload_scale:
            if workload not in instance.workloads:
                hint = did_you_mean(workload, instance.workloads)
                yield ("stages", name, "workload_scale", workload), f"no workload '{workload}'{hint}"
    followed = set()
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            index = channel.price_index
            followed.add(index)
            if index is not None and index not in instance.price_indices:
                hint = did_you_mean(index, instance.price_indices)
                yield ("fleet", hardware, name, "price_index"), f"no series '{index}' in price_indices{hint}"
    for name in instance.price_indices:
        if name not in followed:
            yield ("price_indices", name), "no channel follows it: name it as the price_index of one"
        elif not instance.stages:
            yield ("price_indices", name), "needs stages: without them no price has a date"


def hardware_known(instance: Instance, hardware: str) -> bool:
    """Whether the size of a node is known, so that its power can be asked for."""
    try:
        node_of(instance, hardware)
    except (KeyError, KernelError):  # facts that cannot be read are reported at their place
        return False
    return True
