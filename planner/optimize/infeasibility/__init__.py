"""Why there is no plan, and which limit to move by how much, from the formulation with slack."""

from planner.optimize.infeasibility.diagnosis import Diagnosis, Repair, diagnose
from planner.optimize.infeasibility.messages import reasons_of
from planner.optimize.infeasibility.reasons import infeasible_reasons, unservable
from planner.optimize.infeasibility.shortage import Shortage

__all__ = ["Diagnosis", "Repair", "Shortage", "diagnose", "infeasible_reasons", "reasons_of", "unservable"]
