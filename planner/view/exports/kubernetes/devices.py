"""What a pod asks for to get accelerators: the resource that the vendor's device plugin offers."""

from __future__ import annotations

from planner.core.errors import Fault, InstanceError

RESOURCES = {
    "NVIDIA": "nvidia.com/gpu",
    "AMD": "amd.com/gpu",
    "Intel": "habana.ai/gaudi",
    "Google": "google.com/tpu",
    "AWS": "aws.amazon.com/neuron",
    "Huawei": "huawei.com/Ascend910",
    "assembled": "nvidia.com/gpu",
}
"""By vendor of the accelerator, as the device plugins' own documents name them; assembled boxes hold NVIDIA cards."""


def resource_of(vendor: str, hardware: str) -> str:
    """The resource of a vendor. Raises InstanceError where nothing says whose hardware this is."""
    if vendor not in RESOURCES:
        known = ", ".join(sorted(RESOURCES))
        told = f"hardware '{hardware}': the vendor of its accelerators is not known, so neither is what pods ask for"
        raise InstanceError(
            [
                Fault(
                    f"{told}: write hardware.{hardware}.like: NAME of `planner catalog hardware` (vendors {known})"
                )
            ]
        )
    return RESOURCES[vendor]
