"""Checks across the sections of an instance: whatever would make its solve fail is reported before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from planner.instance.change_findings import change_findings
from planner.loader.validate_channels import (
    grain_findings,
    idle_findings,
    power_findings,
    start_findings,
)
from planner.loader.validate_deployments import (
    catalog_findings,
    deployment_findings,
    hardware_findings,
    work_findings,
)
from planner.loader.validate_lengths import length_findings
from planner.loader.validate_market import (
    drawing_findings,
    lending_findings,
    limit_findings,
    spending_findings,
    stage_findings,
    vendor_findings,
)
from planner.loader.validate_names import name_findings
from planner.loader.validate_packing import packing_findings
from planner.loader.validate_prices import node_price_findings, token_price_findings, vendor_price_findings
from planner.loader.validate_sites import region_findings, site_findings
from planner.loader.validate_size import peak_findings, size_findings
from planner.loader.validate_workloads import (
    cached_findings,
    coverage_findings,
    scenario_findings,
    series_findings,
    waiting_findings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from planner.instance import Instance
    from planner.loader.finding import PathFinding
    from planner.loader.strict_yaml import Path


DEMAND = "demand"


class InstanceCheck(NamedTuple):
    """One look at an instance, and the places whose content it judges by, beside the one that it finds fault with.

    A place is dotted, `*` any name of a section: `fleet` is all of it, `fleet.*` its names alone, `DEMAND` the demand
    of any workload.
    """

    look: Callable[[Instance], Iterable[PathFinding]]
    reads: frozenset[str]

    def doubts(self, replaced: Path) -> bool:
        """Whether it judges by a place that was replaced."""
        return any(_meets(place.split("."), replaced) for place in self.reads)


def _meets(place: list[str], replaced: Path) -> bool:
    if place == [DEMAND]:
        return replaced[0] == "workloads" and (len(replaced) < 3 or replaced[2] == DEMAND)
    alike = all(one in ("*", str(step)) for one, step in zip(place, replaced, strict=False))
    return alike and (place[-1] != "*" or len(replaced) <= len(place))


READ_OF_DEPLOYMENTS = (
    *("name", "hardware", "workloads", "rate_tokens_per_s", "rate_requests_per_s", "recipe", "engine"),
)
CHECKS = (
    InstanceCheck(series_findings, frozenset({"horizon.periods"})),
    InstanceCheck(cached_findings, frozenset({"horizon"})),
    InstanceCheck(scenario_findings, frozenset({"horizon", "scenarios"})),
    InstanceCheck(peak_findings, frozenset({DEMAND, "deployments"})),
    InstanceCheck(hardware_findings, frozenset({"hardware", "fleet.*"})),
    InstanceCheck(
        deployment_findings,
        frozenset(
            {f"deployments.*.{key}" for key in READ_OF_DEPLOYMENTS}
            | {"hardware.*.like", "hardware.*.accelerator", "fleet.*", "workloads.*"}
        ),
    ),
    InstanceCheck(name_findings, frozenset({"deployments", "fleet", DEMAND})),
    InstanceCheck(work_findings, frozenset({"deployments", DEMAND})),
    InstanceCheck(coverage_findings, frozenset({"deployments", "vendors", DEMAND})),
    InstanceCheck(length_findings, frozenset({DEMAND})),
    InstanceCheck(waiting_findings, frozenset({"deployments", DEMAND})),
    InstanceCheck(region_findings, frozenset({"sites.*"})),
    InstanceCheck(
        site_findings,
        frozenset({"sites", "regions", "links", "horizon", "fleet", "hardware", "vendors", DEMAND}),
    ),
    InstanceCheck(lending_findings, frozenset({"fleet.*"})),
    InstanceCheck(vendor_findings, frozenset({"horizon", "workloads.*", DEMAND})),
    InstanceCheck(spending_findings, frozenset({"spend_commitments.*"})),
    InstanceCheck(drawing_findings, frozenset({"fleet"})),
    InstanceCheck(limit_findings, frozenset({"fleet", "hardware", "stages.*", "sites"})),
    InstanceCheck(stage_findings, frozenset({"workloads.*", "fleet", "price_indices.*", "stages.*"})),
    InstanceCheck(change_findings, frozenset({"horizon", "scenarios", "stages", "limits"})),
    InstanceCheck(power_findings, frozenset({"hardware"})),
    InstanceCheck(idle_findings, frozenset({"hardware", "fleet.*", "sites", "horizon", "stages"})),
    InstanceCheck(grain_findings, frozenset({"hardware", "fleet"})),
    InstanceCheck(packing_findings, frozenset({"hardware", "fleet", "deployments"})),
    InstanceCheck(start_findings, frozenset({"horizon", "stages", "hardware"})),
    InstanceCheck(node_price_findings, frozenset()),
    InstanceCheck(vendor_price_findings, frozenset({DEMAND, "workloads.*"})),
    InstanceCheck(token_price_findings, frozenset({"exchange_rates"})),
)


def findings(instance: Instance, replaced: Collection[Path] = ()) -> Iterator[PathFinding]:
    """Every fault that shows only when sections are read together, with the path it belongs to.

    Checks that judge by a `replaced` place are left out. Of an instance that is too large, or beside a catalog
    that cannot be read, nothing else is reported.
    """
    alone = [*size_findings(instance), *catalog_findings()]
    if alone:
        yield from alone
        return
    for check in CHECKS:
        if not any(check.doubts(place) for place in replaced):
            yield from check.look(instance)
