"""Google Cloud: future reservations for blocks, resource-based commitments with the reservation that they need.

Read of the Terraform provider hashicorp/google-beta v7: google_compute_future_reservation (planning_status DRAFT asks
for nothing yet), google_compute_reservation, google_compute_region_commitment. Commitments to spend have no resource.
Machines are those of cloud.google.com/compute/docs/accelerator-optimized-machines, 2026-01.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.view.exports.terraform.deals import Written, utc

if TYPE_CHECKING:
    from planner.view.exports.terraform.deals import Body, Deal

PROVIDERS = ("gcp", "google", "google_cloud")
REQUIRED = {"google-beta": {"source": "hashicorp/google-beta", "version": "~> 7.0"}}
PLANS = {1: "TWELVE_MONTH", 3: "THIRTY_SIX_MONTH"}


@dataclass(frozen=True)
class _Machine:
    """A machine type with what a commitment is made to: GPUs by type, processors, memory, disks."""

    name: str
    accelerator: str
    commitment: str
    vcpus: int
    memory_gb: int
    local_ssd_gb: int


MACHINES = {
    ("a100_40gb", 8): _Machine("a2-highgpu-8g", "nvidia-tesla-a100", "ACCELERATOR_OPTIMIZED", 96, 680, 0),
    ("a100_80gb", 8): _Machine("a2-ultragpu-8g", "nvidia-a100-80gb", "ACCELERATOR_OPTIMIZED", 96, 1360, 3000),
    ("h100", 8): _Machine("a3-highgpu-8g", "nvidia-h100-80gb", "ACCELERATOR_OPTIMIZED_A3", 208, 1872, 6000),
    ("h200", 8): _Machine(
        "a3-ultragpu-8g", "nvidia-h200-141gb", "ACCELERATOR_OPTIMIZED_A3_ULTRA", 224, 2952, 12000
    ),
    ("b200", 8): _Machine("a4-highgpu-8g", "nvidia-b200", "ACCELERATOR_OPTIMIZED_A4", 224, 3968, 12000),
}
"""By hardware and GPUs of a node."""


def written(deal: Deal) -> Written:
    """What Google has for a deal."""
    if not deal.hardware:
        return Written(note="commitments to spend are bought in the console: they have no Terraform resource")
    if not (deal.block or deal.reserves):
        return Written(note="no resource of Google is such a deal")
    machine = MACHINES.get((deal.hardware, deal.gpus))
    if machine is None:
        return Written(note=f"no machine type of {deal.gpus} {deal.hardware} is known")
    return _future(deal, machine) if deal.block else _commitment(deal, machine)


def _future(deal: Deal, machine: _Machine) -> Written:
    ends = deal.signature.ends
    assert ends is not None, "a block has a length"
    body = {
        "provider": "google-beta",
        "name": _named(deal),
        "zone": deal.variable("zone"),
        "planning_status": "DRAFT",
        "time_window": {"start_time": utc(deal.signature.begins), "end_time": utc(ends)},
        "specific_sku_properties": {
            "total_count": str(deal.machines),
            "instance_properties": {"machine_type": machine.name},
        },
    }
    asks = {f"{deal.name}_zone": f"Zone of {deal.signature.what}"}
    note = "a draft asks for nothing: submit it in the console once it is approved"
    return Written((("google_compute_future_reservation", body),), asks=asks, note=note)


def _commitment(deal: Deal, machine: _Machine) -> Written:
    plan = PLANS.get(deal.years or 0)
    if plan is None:
        return Written(note="commitments of Google are of 1 or 3 years: the plan's length is another")
    reserved = {
        "provider": "google-beta",
        "name": _named(deal),
        "zone": deal.variable("zone"),
        "specific_reservation_required": False,
        "specific_reservation": {
            "count": deal.machines,
            "instance_properties": {"machine_type": machine.name},
        },
    }
    held = f"${{google_compute_reservation.{deal.name}[0].self_link}}"
    body = {
        "provider": "google-beta",
        "name": _named(deal),
        "region": deal.variable("region"),
        "plan": plan,
        "type": machine.commitment,
        "existing_reservations": held,
        "resources": _resources(deal, machine),
    }
    asks = {
        f"{deal.name}_zone": f"Zone of {deal.signature.what}",
        f"{deal.name}_region": f"Region of {deal.signature.what}",
    }
    return Written(
        (("google_compute_reservation", reserved), ("google_compute_region_commitment", body)),
        asks=asks,
        note="a commitment cannot be cancelled, and begins when it is made",
    )


def _resources(deal: Deal, machine: _Machine) -> list[Body]:
    """Amounts as texts: processors in numbers, memory and disks in MB and GB, as the resource takes them."""
    count = deal.machines
    amounts: list[Body] = [
        {"type": "VCPU", "amount": str(count * machine.vcpus)},
        {"type": "MEMORY", "amount": str(count * machine.memory_gb * 1024)},
        {
            "type": "ACCELERATOR",
            "amount": str(count * deal.gpus),
            "accelerator_type": machine.accelerator,
        },
    ]
    disks = count * machine.local_ssd_gb
    return [*amounts, {"type": "LOCAL_SSD", "amount": str(disks)}] if disks else amounts


def _named(deal: Deal) -> str:
    """Names of Google have no underscores."""
    return deal.name.replace("_", "-")
