"""The accelerator behind a hardware of the instance: catalog entry plus the instance's own facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import kernels

if TYPE_CHECKING:
    from kernels import Accelerator
    from planner.instance import Instance


def accelerator_of(instance: Instance, hardware: str) -> Accelerator | None:
    """Catalog entry of a hardware with the instance's overrides, or None where the catalog has none.

    Raises kernels.KernelError when an override is not usable.
    """
    own = instance.hardware.get(hardware)
    name = own.like if own is not None and own.like is not None else hardware
    facts = own.accelerator if own is not None and own.accelerator is not None else {}
    if name not in kernels.accelerator_names():
        return kernels.Accelerator.from_dict({"name": hardware, **facts}) if facts else None
    return kernels.accelerator(name).override(**facts)
