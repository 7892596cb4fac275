"""The certificate of a bound: the prices of its ranges of fleets, in the words and the money of the instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.problem.coverage import NotCovered
from planner.optimize.decomposition.tolerances import (
    LISTED_SLACK_SHARE,
    SHORTAGE_MULTIPLE,
    UNSERVED_MARGIN_SHARE,
)
from planner.plan.certificate import Certificate, CertifiedPool, FleetBox, PriceCluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.model import Sets
    from planner.optimize.decomposition.bound.box_proof import BoxProof
    from planner.optimize.decomposition.problem.node_pools import NodePool
    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class Proven:
    """Ranges that together hold every fleet, each with what proves it, and theta[period] of starts."""

    boxes: tuple[BoxProof, ...]
    theta: NDArray[np.float64]


def refuse_spans(structure: Structure) -> None:
    """Raise NotCovered where nodes are held over some periods and not over others."""
    if not all(pool.throughout for pool in structure.pools):
        raise NotCovered(
            "a certificate cannot say what nodes cost that are held over some periods and not over others"
        )


def certificate_of(sets: Sets, structure: Structure, proven: Proven, usd: float, bound: float) -> Certificate:
    """What proves a bound in USD, without the instance's name.

    `structure` is in the money of the search, one of which is `usd`. Raises NotCovered where a role is of several
    works.
    """
    none, roles = np.zeros(structure.periods), int(structure.unit_role.max()) + 1
    return Certificate(
        name="",
        bound=bound - UNSERVED_MARGIN_SHARE * abs(bound),
        roles=tuple(_work_of(sets, structure, role) for role in range(roles)),
        pools=tuple(_pool(sets, pool) for pool in structure.pools),
        start_shares=(tuple(proven.theta.tolist()), tuple(none.tolist())),
        boxes=tuple(_box(structure, box, roles, usd, bound) for box in proven.boxes),
    )


def _work_of(sets: Sets, structure: Structure, role: int) -> str:
    """The one work of a role."""
    units = np.flatnonzero(structure.unit_role == role)
    works = np.flatnonzero((sets.rate[units] > 0).any(axis=0) & (sets.demand.max(axis=1) > 0))
    if len(works) != 1:
        raise NotCovered("a certificate cannot say what units do that take several works by turns")
    return str(sets.works[int(works[0])].name)


def _pool(sets: Sets, pool: NodePool) -> CertifiedPool:
    places = dict.fromkeys(int(sets.offer_channel[offer]) for offer in pool.offer.tolist())
    return CertifiedPool(sets.hardware[pool.hardware], tuple(sets.channels[place].name for place in places))


def _box(structure: Structure, proof: BoxProof, roles: int, usd: float, bound: float) -> FleetBox:
    multiple = 1.0
    if proof.surplus > 0:
        hours = float(structure.weighted_hours[proof.of == 0].min())
        multiple = SHORTAGE_MULTIPLE * abs(bound) / usd / (hours * proof.surplus)
    most = structure.most
    high = [None if top >= most[place] else int(top) for place, top in enumerate(proof.fleets.high)]
    return FleetBox(
        low=tuple(map(int, proof.fleets.low)),
        high=tuple(high),
        starts=int(proof.surplus > 0),
        clusters=tuple(_clusters(proof, roles, multiple * usd)),
    )


def _clusters(proof: BoxProof, roles: int, usd: float) -> Iterator[PriceCluster]:
    demand_price, node_price = proof.demand_price[:roles] * usd, proof.node_price * usd
    for place in range(len(proof.limit)):
        periods = np.flatnonzero(proof.of == place)
        if len(periods):
            limit = float(proof.limit[place] * usd) * (1 + LISTED_SLACK_SHARE)
            yield PriceCluster(
                tuple(periods.tolist()), _at(demand_price, place), _at(node_price, place), limit
            )


def _at(price: NDArray[np.float64], place: int) -> tuple[float, ...]:
    return tuple(np.maximum(price[:, place], 0.0).tolist())
