"""Short ways to ask the kernel one question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kernels import Conditions, Options, accelerator, architecture, operating_points
from kernels.decode import decode_step
from kernels.prefill import prefill_pass
from kernels.setting import gather

if TYPE_CHECKING:
    from kernels import Accelerator, OperatingPoints
    from kernels.setting import Setting
    from kernels.step import Step


def options(hardware: str | Accelerator, role: str, gpus: int, **columns: Any) -> Options:
    """One option; every extra column has one entry."""
    chosen = accelerator(hardware) if isinstance(hardware, str) else hardware
    return Options((chosen,), (role,), np.array([gpus]), **columns)


def setting(
    hardware: str | Accelerator,
    role: str,
    gpus: int,
    asked: Conditions,
    model: str = "deepseek-v3",
    **columns: Any,
) -> Setting:
    return gather(architecture(model), options(hardware, role, gpus, **columns), asked)


def point(
    hardware: str | Accelerator,
    role: str,
    gpus: int,
    asked: Conditions,
    model: str = "deepseek-v3",
    **columns: Any,
) -> OperatingPoints:
    return operating_points(architecture(model), options(hardware, role, gpus, **columns), asked)


def decode_rate(hardware: str, gpus: int, batch: float, asked: Conditions, **columns: Any) -> float:
    """Output tokens/s per GPU at a given batch, calibrated."""
    found = setting(hardware, "decode", gpus, asked, **columns)
    step: Step = decode_step(architecture("deepseek-v3"), found, np.array([[batch]]))
    return float((batch * found.accept_length / step.seconds * found.decode_scale)[0, 0])


def prefill_rate(hardware: str, gpus: int, tokens: float, asked: Conditions, **columns: Any) -> float:
    """Computed prompt tokens/s per GPU at a given pass size, calibrated."""
    found = setting(hardware, "prefill", gpus, asked, **columns)
    step: Step = prefill_pass(architecture("deepseek-v3"), found, np.array([[tokens]]))
    return float((tokens / step.seconds * found.prefill_scale)[0, 0])
