"""Bounds on what an instance makes: told before any memory is taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.loader.strict_yaml import Path

MOST_PERIODS = 200_000  # periods times scenarios times stages: a year of hours more than twenty times over
MOST_UNITS = 20_000  # kinds of unit: deployments times sizes times hardware
MOST_CELLS = 20_000_000  # periods times (kinds of unit, channels, workloads)


def size_findings(instance: Instance) -> Iterator[tuple[Path, str]]:
    """Whether the instance is too large to be built."""
    scenarios, stages = max(1, len(instance.scenarios)), max(1, len(instance.stages))
    periods = instance.horizon.periods * scenarios * stages
    if periods > MOST_PERIODS:
        yield (
            ("horizon", "periods"),
            f"{instance.horizon.periods:,} periods x {scenarios} scenarios x {stages} stages are {periods:,}; "
            f"{MOST_PERIODS:,} are the most",
        )
        return
    fleet = tuple(instance.fleet)
    units = [
        len(deployment.on_hardware(fleet)) * max(1, len(deployment.sizes))
        for deployment in instance.deployments
    ]
    if sum(units) > MOST_UNITS:
        yield (
            ("deployments",),
            f"make {sum(units):,} kinds of unit (sizes times hardware); {MOST_UNITS:,} are the most",
        )
        return
    channels = sum(len(channels) for channels in instance.fleet.values())
    kinds = sum(units) + channels + len(instance.workloads) + len(instance.vendors) + len(instance.lending)
    if periods * kinds > MOST_CELLS:
        yield (
            ("horizon", "periods"),
            f"{periods:,} periods x {kinds:,} units, channels, workloads and takers are {periods * kinds:,}; "
            f"{MOST_CELLS:,} are the most",
        )
