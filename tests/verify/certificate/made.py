"""Certificates of random questions, found in this process, and ways to tamper with a question and its certificate."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from planner.core.errors import InstanceError
from planner.instance import Instance
from planner.loader import from_dict
from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.start_prices import root_with_starts, root_without_starts
from planner.optimize.decomposition.bound.tree import Tree
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import NotCovered, structure_of
from planner.optimize.decomposition.process.certificate import Proven, certificate_of
from planner.optimize.decomposition.tolerances import BOUND_SAFETY_SHARE
from planner.plan.certificate import Certificate, FleetBox
from planner.rates.compute import compute_rates
from planner.verify.certificate.question import question_of
from tests.optimize.decomposition import odd, small

Record = dict[str, Any]


def record(seed: int) -> Record:
    """One of three kinds of questions: plain, with starts, odd."""
    return odd.record(seed) if seed % 3 == 2 else small.record(seed, starts=seed % 3 == 1)


def certified(question: Record, steps: int = 30) -> tuple[Instance, Certificate] | None:
    """An instance with a certificate of the bound after some steps of branching; None where there is none."""
    instance = from_dict(question)
    sets = sets_of(instance, compute_rates(instance))
    try:
        question_of(instance)
        structure = structure_of(sets)
    except (InstanceError, NotCovered):
        return None
    usd = structure.typical_usd
    relative = structure.priced_in(usd)
    plain = root_without_starts(relative, DEFAULTS.bound)
    if plain is None:
        return None
    tree = Tree(relative, root_with_starts(relative, DEFAULTS.bound, plain), DEFAULTS.bound)
    while not tree.done and steps > 0:
        tree.step()
        steps -= 1
    bound = tree.bound * usd
    proven = Proven(tuple(tree.proofs), tree.root.theta)
    found = certificate_of(sets, relative, proven, usd, bound - BOUND_SAFETY_SHARE * abs(bound))
    return instance, replace(found, name=instance.name)


def bound_raised(question: Record, certificate: Certificate) -> tuple[Record, Certificate]:
    """A bound that nothing proves."""
    return question, replace(certificate, bound=certificate.bound * 1.0001)


def box_removed(question: Record, certificate: Certificate) -> tuple[Record, Certificate]:
    """Fleets that nothing is said of: every box that holds the last one's smallest fleet is gone."""
    fleet = certificate.boxes[-1].low
    return question, replace(
        certificate, boxes=tuple(box for box in certificate.boxes if not _holds(box, fleet))
    )


def demand_prices_raised(question: Record, certificate: Certificate) -> tuple[Record, Certificate]:
    """Prices of demand at which nodes earn more than they cost; what was listed is no longer within the limit."""
    return question, _priced(certificate, 50.0, 1.0, 0.0)


def prices_lost(question: Record, certificate: Certificate) -> tuple[Record, Certificate]:
    """Nodes at a price that pays for holding any number of them, demand at none."""
    return question, _priced(certificate, 0.0, 50.0, 0.0)


def demand_halved(question: Record, certificate: Certificate) -> tuple[Record, Certificate]:
    """An instance that asks for half as much."""
    changed = deepcopy(question)
    for workload in changed["workloads"].values():
        workload["demand"]["scale"] = 0.5 * workload["demand"].get("scale", 1.0)
    return changed, certificate


def nodes_cheaper(question: Record, certificate: Certificate) -> tuple[Record, Certificate]:
    """An instance in which all that is sold costs half as much."""
    changed = deepcopy(question)
    for channels in changed["fleet"].values():
        for channel in channels.values():
            for key in channel:
                if "usd" in key and isinstance(channel[key], float | int):
                    channel[key] *= 0.5
    return changed, certificate


TAMPERINGS = (bound_raised, box_removed, demand_prices_raised, prices_lost, demand_halved, nodes_cheaper)


def _holds(box: FleetBox, fleet: tuple[int, ...]) -> bool:
    ends = zip(box.low, fleet, box.high, strict=True)
    return all(low <= nodes and (high is None or nodes <= high) for low, nodes, high in ends)


def _priced(certificate: Certificate, demand: float, node: float, limit: float) -> Certificate:
    boxes = []
    for box in certificate.boxes:
        clusters = tuple(
            replace(
                cluster,
                demand_price=tuple(demand * price for price in cluster.demand_price),
                node_price=tuple(node * price for price in cluster.node_price),
                limit=limit * cluster.limit,
            )
            for cluster in box.clusters
        )
        boxes.append(replace(box, clusters=clusters))
    return replace(certificate, boxes=tuple(boxes))
