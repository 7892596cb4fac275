"""Checks across the sections of an instance: whatever would make its solve fail is reported before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from planner.instance.change_findings import change_findings
from planner.loader.validate_channels import grain_findings, power_findings, start_findings
from planner.loader.validate_deployments import (
    catalog_findings,
    deployment_findings,
    hardware_findings,
    work_findings,
)
from planner.loader.validate_lengths import length_findings
from planner.loader.validate_market import market_findings
from planner.loader.validate_names import name_findings
from planner.loader.validate_packing import packing_findings
from planner.loader.validate_prices import price_findings
from planner.loader.validate_sites import site_findings
from planner.loader.validate_size import peak_findings, size_findings
from planner.loader.validate_workloads import (
    coverage_findings,
    scenario_findings,
    series_findings,
    waiting_findings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from planner.instance import Instance
    from planner.loader.finding import PathFinding


DEMAND = "demand"


class InstanceCheck(NamedTuple):
    """One look at an instance, and the sections whose content it judges by (`DEMAND`: that of any workload)."""

    look: Callable[[Instance], Iterable[PathFinding]]
    reads: frozenset[str]


CHECKS = (
    InstanceCheck(series_findings, frozenset({"horizon"})),
    InstanceCheck(scenario_findings, frozenset({"horizon", "scenarios"})),
    InstanceCheck(peak_findings, frozenset({DEMAND, "deployments"})),
    InstanceCheck(hardware_findings, frozenset({"hardware", "fleet"})),
    InstanceCheck(deployment_findings, frozenset({"deployments", "hardware"})),
    InstanceCheck(name_findings, frozenset({"deployments", "fleet", DEMAND})),
    InstanceCheck(work_findings, frozenset({"deployments", DEMAND})),
    InstanceCheck(coverage_findings, frozenset({"deployments", "vendors", DEMAND})),
    InstanceCheck(length_findings, frozenset({DEMAND, "horizon"})),
    InstanceCheck(length_findings, frozenset({DEMAND})),
    InstanceCheck(waiting_findings, frozenset({"deployments", DEMAND})),
    InstanceCheck(
        site_findings,
        frozenset({"sites", "regions", "links", "horizon", "fleet", "hardware", "vendors", DEMAND}),
    ),
    InstanceCheck(market_findings, frozenset({"fleet", "spend_commitments", "hardware"})),
    InstanceCheck(change_findings, frozenset({"horizon", "scenarios", "stages", "limits"})),
    InstanceCheck(power_findings, frozenset({"hardware"})),
    InstanceCheck(grain_findings, frozenset({"hardware", "fleet"})),
    InstanceCheck(packing_findings, frozenset({"hardware", "fleet", "deployments"})),
    InstanceCheck(start_findings, frozenset({"horizon", "stages", "hardware"})),
    InstanceCheck(price_findings, frozenset({DEMAND})),
)


def findings(instance: Instance, doubtful: Collection[str] = ()) -> Iterator[PathFinding]:
    """Every fault that shows only when sections are read together, with the path it belongs to.

    Checks that judge by a `doubtful` section are left out. Of an instance that is too large, or beside a catalog
    that cannot be read, nothing else is reported.
    """
    alone = [*size_findings(instance), *catalog_findings()]
    if alone:
        yield from alone
        return
    for check in CHECKS:
        if not check.reads & set(doubtful):
            yield from check.look(instance)
