"""The verdict on a certificate: the bound that its prices prove of an instance, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.certificate.box import box_bound
from planner.verify.certificate.cover import left_out
from planner.verify.certificate.question import question_of
from planner.verify.certificate.scaled import HeldPool, ScaledQuestion, useful_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.certificate import Certificate
    from planner.verify.certificate.question import CertifiedQuestion

    Floats = NDArray[np.float64]

MOST_NAMED = 5


@dataclass(frozen=True)
class BoundVerdict:
    """What a certificate proves: no plan costs less than `bound`, -inf where nothing. `faults` say why it fails."""

    bound: float
    boxes: int
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the bound that the certificate states is proven."""
        return not self.faults


def prove(instance: Instance, certificate: Certificate) -> BoundVerdict:
    """Work out anew what a certificate proves. Raises InstanceError where no certificate can express the instance."""
    question = question_of(instance)
    faults = list(_form(question, instance, certificate))
    if faults:
        return BoundVerdict(-np.inf, len(certificate.boxes), tuple(faults))
    scaled = _scaled(question, certificate)
    faults = list(_cover(scaled, certificate))
    if faults:
        return BoundVerdict(-np.inf, len(certificate.boxes), tuple(faults))
    least = min(proven for box in certificate.boxes if (proven := box_bound(scaled, box)) is not None)
    bound = float(np.nextafter(float(least), -np.inf))
    if Fraction(certificate.bound) > least:
        faults.append(f"its prices prove {bound:,.6f}, less than its bound {certificate.bound:,.6f}")
    return BoundVerdict(bound, len(certificate.boxes), tuple(faults))


def _form(question: CertifiedQuestion, instance: Instance, certificate: Certificate) -> Iterator[str]:
    """Whether the certificate speaks of this instance, in all its parts."""
    if certificate.name != instance.name:
        yield f"it is of the instance {certificate.name!r}, this is {instance.name!r}"
    if certificate.roles != question.roles:
        yield f"its work is {', '.join(certificate.roles)}, that of the instance {', '.join(question.roles)}"
    named = [(pool.hardware, name) for pool in certificate.pools for name in pool.channels]
    needed = {key for key in question.held if question.of_use(key)}
    if len(named) != len(set(named)) or not needed <= set(named) <= question.held.keys():
        yield "its pools are not the channels that are held throughout, each once"
    for place, share in enumerate(certificate.start_shares):
        if len(share) != question.periods or not all(0.0 <= one <= 1.0 for one in share):
            yield f"start_shares[{place}] are not a share for each of {question.periods} periods"
    for place, box in enumerate(certificate.boxes):
        sizes = {len(certificate.pools)} == {len(box.low), len(box.high)}
        ends = zip(box.low, box.high, strict=sizes) if sizes else ()
        if any(high is not None and high < low for low, high in ends):
            yield f"box {place} ends below where it begins"
        if not sizes or box.starts >= len(certificate.start_shares):
            yield f"box {place} is not one of these pools and prices of starts"
        periods = [period for cluster in box.clusters for period in cluster.periods]
        if sorted(periods) != list(range(question.periods)):
            yield f"box {place} does not price every period once"
        for cluster in box.clusters:
            prices = (*cluster.demand_price, *cluster.node_price, cluster.limit)
            if len(cluster.demand_price) != len(question.roles) or len(cluster.node_price) != len(box.low):
                yield f"box {place} lacks prices, or has too many"
            elif not all(np.isfinite(one) and one >= 0.0 for one in prices):
                yield f"box {place} has a price below zero"


def _scaled(question: CertifiedQuestion, certificate: Certificate) -> ScaledQuestion:
    pools = []
    for pool in certificate.pools:
        channels = tuple(question.held[pool.hardware, name] for name in pool.channels)
        known = [one.most for one in channels if one.most is not None]
        useful = useful_nodes(question, pool.hardware)
        most = sum(known) if len(known) == len(channels) else sum(known) + useful
        pools.append(HeldPool(pool.hardware, channels, max(most, sum(one.least for one in channels))))
    shift = {
        name: [_shift(question, name, share) for share in certificate.start_shares]
        for name in question.hardware
    }
    return ScaledQuestion(question, tuple(pools), shift)


def _cover(scaled: ScaledQuestion, certificate: Certificate) -> Iterator[str]:
    low = np.array([pool.least for pool in scaled.pools], dtype=np.int64)
    high = np.array([pool.most for pool in scaled.pools], dtype=np.int64)
    lows = np.array([box.low for box in certificate.boxes], dtype=np.int64).reshape(
        len(certificate.boxes), len(low)
    )
    highs = np.array(
        [
            [pool.most if top is None else top for pool, top in zip(scaled.pools, box.high, strict=True)]
            for box in certificate.boxes
        ],
        dtype=np.int64,
    ).reshape(len(certificate.boxes), len(low))
    fleet = left_out(low, high, lows, highs)
    if fleet is not None:
        names = [f"{count} of {pool.hardware}" for count, pool in zip(fleet, scaled.pools, strict=True)]
        yield f"no box holds the fleet of {', '.join(names[:MOST_NAMED])}"


def _shift(question: CertifiedQuestion, hardware: str, share: tuple[float, ...]) -> Floats:
    """What starts add to a node in use, per hour, rounded down, [role, period].

    max(0, y) >= share y for the nodes y that more are in use than before: each start then adds its share in its period
    and takes it off the period before. Without rounding the shifts add up to nothing.
    """
    shift = np.zeros((2, question.periods))
    priced = [
        Fraction(one) * Fraction(weight) for one, weight in zip(share, question.weight.tolist(), strict=True)
    ]
    change = list(priced)
    for period, before in enumerate(question.before.tolist()):
        if before >= 0:
            change[before] -= priced[period]
    hours = [Fraction(one) for one in question.hours.tolist()]
    for role in range(len(question.roles)):
        mine = [
            Fraction(float(question.start_price[unit])) / int(question.unit_nodes[unit])
            for unit, name in enumerate(question.unit_hardware)
            if name == hardware and question.unit_role[unit] == role
        ]
        least = min(mine, default=Fraction(0))
        if least > 0 and any(change):
            shift[role] = [_down(least * one / per) for one, per in zip(change, hours, strict=True)]
    return shift


def _down(value: Fraction) -> float:
    """The largest double that is certainly no more than a fraction."""
    return 0.0 if value == 0 else float(np.nextafter(float(value), -np.inf))
