"""Instance: the question as nouns: horizon, workloads, deployments, channels, vendors, limits, stages, scenarios.

In: what `planner.loader` has read. Out: frozen, validated records, and the arithmetic that a noun has of itself (a
channel's offers, a window's share of a period). May not enter: files, rates, solvers, plans.
"""

from planner.instance.deployment import Deployment, Phase, Role
from planner.instance.hardware import Hardware
from planner.instance.horizon import Horizon
from planner.instance.instance import Baseline, Instance
from planner.instance.lengths import Lengths
from planner.instance.start_up import StartUp
from planner.instance.timeline import Timeline
from planner.instance.workload import Demand, ServiceLevel, Workload

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
