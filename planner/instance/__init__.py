"""The nouns of an instance file."""

from planner.instance.deployment import Deployment, Phase, Role
from planner.instance.hardware import Hardware
from planner.instance.horizon import Horizon
from planner.instance.instance import Baseline, Instance
from planner.instance.start_up import StartUp
from planner.instance.timeline import Timeline
from planner.instance.workload import Demand, Lengths, ServiceLevel, Workload

__all__ = [
    "Baseline",
    "Demand",
    "Deployment",
    "Hardware",
    "Horizon",
    "Instance",
    "Lengths",
    "Phase",
    "Role",
    "ServiceLevel",
    "StartUp",
    "Timeline",
    "Workload",
]
