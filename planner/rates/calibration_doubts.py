"""Doubts about calibrations of one's own: one that nothing asks for, and hardware by one beside hardware without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.own_calibration import PROVENANCE, own_calibrations
from kernels.recipe import AUTO, resolve
from planner.instance import Role
from planner.rates.accelerators import accelerator_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernels.own_calibration import OwnCalibration
    from planner.instance import Instance
    from planner.rates.rates import Rates


def calibration_doubts(instance: Instance, rates: Rates) -> Iterator[str]:
    """A sentence for each calibration that nothing asks for though it could count, and for unlike neighbours."""
    for one in own_calibrations().values():
        models = {workload.model for workload in instance.workloads.values()}
        if one.accelerator in instance.fleet and one.model in models and not _asked_for(instance, one):
            yield (
                f"the calibration {one.name}.yaml for {one.model} on {one.accelerator} counts for nothing here: it is "
                f"for colocated deployments with `engine: {one.engine}` and `recipe: {one.recipe}`"
            )
    for name in instance.workloads:
        own, other = _hardware(rates, name)
        if own and other - own:
            yield (
                f"workloads.{name}: rates on {_list(own)} are by a calibration of your own, those on "
                f"{_list(other - own)} are not: what lies between them may be the calibration's"
            )


def _asked_for(instance: Instance, one: OwnCalibration) -> bool:
    """Whether a deployment runs on its hardware as it was measured."""
    accelerator = accelerator_of(instance, one.accelerator)
    for deployment in instance.deployments:
        engines, recipes = _tuple(deployment.engine), _tuple(deployment.recipe or AUTO)
        if deployment.measured or deployment.role is not Role.COLOCATED or accelerator is None:
            continue
        named = {resolve(str(recipe), accelerator, one.model).name for recipe in recipes}
        here = one.accelerator in deployment.on_hardware(tuple(instance.fleet))
        if here and one.engine in engines and one.recipe in named:
            return True
    return False


def _hardware(rates: Rates, workload: str) -> tuple[set[str], set[str]]:
    """Hardware whose computed rates of a workload are by a calibration of one's own, and hardware whose are not."""
    own, other = set[str](), set[str]()
    for place, unit in enumerate(rates.units):
        for column in np.flatnonzero(rates.rate[place]).tolist():
            detail = rates.details[place][rates.works[column].name]
            if rates.works[column].workload == workload and not detail.is_measured:
                (own if detail.provenance.startswith(PROVENANCE) else other).add(unit.hardware)
    return own, other


def _tuple(choices: object) -> tuple[object, ...]:
    return choices if isinstance(choices, tuple) else (choices,)


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))
