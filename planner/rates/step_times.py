"""Step times of a unit of an instance, asked of the kernel as its rate was, but for lengths: requests bring theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import kernels
from kernels.step_times import step_times
from planner.core.errors import Fault, InstanceError
from planner.rates.kernel import asked_of, conditions_of_option
from planner.rates.kernel_detail import KERNEL
from planner.rates.options import expand

if TYPE_CHECKING:
    from kernels.step_times import StepTimes
    from planner.instance import Instance
    from planner.rates.rates import Rates


def unit_step_times(instance: Instance, rates: Rates, unit: int, workload: str) -> StepTimes | None:
    """Tables of a unit under the conditions of one of its workloads.

    None where its rates are not of the kernel's computing, or its layers are cut into stages, whose steps overlap: its
    rates then say how long a step takes.

    Raises InstanceError where the kernel refuses the question.
    """
    kind = rates.units[unit]
    details = [detail for name, detail in rates.details[unit].items() if name.startswith(f"{workload}.")]
    if any(detail.is_measured or detail.source != KERNEL for detail in details):
        return None
    found = [option for option in expand(instance) if option.name == kind.name]
    if not found or found[0].deployment.measured or found[0].run.pipeline_parallel > 1:
        return None
    option = found[0]
    try:
        return step_times(
            kernels.architecture(instance.workloads[workload].model),
            asked_of(instance, [option]),
            replace(conditions_of_option(instance, workload, option), lengths=None, ranks="even"),
        )
    except kernels.KernelError as error:
        fault = Fault(f"the kernel cannot step {kind.name}: {error}", path=f"workloads.{workload}")
        raise InstanceError([fault]) from None
