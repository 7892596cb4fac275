"""What a pod asks for to get accelerators: the resource that the vendor's device plugin offers."""

from __future__ import annotations

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


UNKNOWN = "example.com/accelerator"
"""Asked for where nothing says whose accelerators these are: no node offers it, so pods wait until it is replaced."""


def resource_of(vendor: str) -> str:
    """The resource of a vendor; `UNKNOWN` of one that is not known."""
    return RESOURCES.get(vendor, UNKNOWN)


def asked_for(vendor: str, hardware: str) -> str:
    """What was assumed of the resource, in words; empty where the vendor is known."""
    if vendor in RESOURCES:
        return ""
    return f"{UNKNOWN} stands for the accelerators of {hardware}: say hardware.{hardware}.like, or replace it"
