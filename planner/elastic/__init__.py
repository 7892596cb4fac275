"""Elastic: why there is no plan, and which limit to move by how much, from the formulation with slack."""

from planner.elastic.diagnosis import Diagnosis, Repair, diagnose
from planner.elastic.reasons import infeasible_reasons, unservable
from planner.elastic.shortage import Shortage
from planner.elastic.words import reasons_of

__all__ = ["Diagnosis", "Repair", "Shortage", "diagnose", "infeasible_reasons", "reasons_of", "unservable"]
