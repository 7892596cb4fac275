"""Nodes held over some stages and not over others: a pool a span, prices lose nothing of the linear relaxation."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import planner
from planner.model.held_nodes import held_nodes
from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.start_prices import root_without_starts
from planner.optimize.decomposition.heuristic.held_spans import acquired
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.coverage import NotCovered
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.decomposition.solve import decompose
from planner.rates.compute import compute_rates
from tests.optimize.decomposition.small import linear_relaxation, record

if TYPE_CHECKING:
    from planner.model import Sets

STAGES = 3
SEEDS = (1, 3, 4, 5, 6)
"""All have plans."""


def staged(seed: int) -> dict[str, Any]:
    """Demand grows over three half-years; what is not hired is signed for one year, or for all of them."""
    random, data = np.random.default_rng([seed, 2]), record(seed)
    data["stages"] = {
        f"stage{place}": {"years": 0.5, "demand_scale": 1.0 + 0.6 * place} for place in range(STAGES)
    }
    for channels in data["fleet"].values():
        for name, channel in channels.items():
            channel["price_change_per_year"] = float(random.choice([-0.3, -0.1, 0.0]))
            if name == "own":
                channel["term_years"] = 1
    return data


def sets_in_stages(seed: int) -> Sets:
    instance = planner.from_dict(staged(seed))
    return sets_of(instance, compute_rates(instance))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("most_columns", [0, 60_000])
def test_the_linear_relaxation_is_that_of_the_offers(seed: int, most_columns: int) -> None:
    """Shares of prices by hours are a bound; those by what nodes are worth are the relaxation."""
    sets = sets_in_stages(seed)
    whole = linear_relaxation(sets)
    structure = structure_of(sets, replace(DEFAULTS.problem, merged_columns=most_columns))
    root = root_without_starts(structure, DEFAULTS.bound)
    assert root is not None
    bound = root.prices.bound
    assert bound <= whole * (1 + 1e-9)
    assert most_columns == 0 or bound >= whole * (1 - 1e-6)


def test_pools_are_the_spans_between_terms() -> None:
    sets = sets_in_stages(3)
    structure = structure_of(sets)
    spans = [np.flatnonzero(np.isfinite(pool.running)) for pool in structure.pools if not pool.throughout]
    each = sets.periods // STAGES
    assert spans
    assert {(int(span[0]), len(span)) for span in spans} == {(place * each, each) for place in range(STAGES)}
    for channel in sets.channels:
        offers = range(channel.offers.start, channel.offers.stop)
        shares = {
            offer: sum(
                float(pool.price[pool.offer == offer].sum())
                for pool in structure.pools
                if not pool.throughout
            )
            for offer in offers
        }
        assert all(usd <= sets.offer_price[offer] * (1 + 1e-12) for offer, usd in shares.items())


@pytest.mark.parametrize("seed", [0, 3])
def test_a_fleet_is_held_by_the_cheapest_offers(seed: int) -> None:
    """Against every way to take up to three increments of each offer of one channel."""
    sets = sets_in_stages(seed)
    structure = structure_of(sets)
    places = {int(sets.offer_channel[pool.offer[0]]) for pool in structure.pools if not pool.throughout}
    place = min(places)
    offers = np.flatnonzero(sets.offer_channel == place)
    mine = [
        at
        for at, pool in enumerate(structure.pools)
        if not pool.throughout and set(pool.offer.tolist()) <= set(offers.tolist())
    ]
    assert len(mine) == STAGES
    most = sets.channels[place].most_increments
    fleet = np.zeros(len(structure.pools), dtype=np.int64)
    fleet[mine] = np.minimum([1, 3, 2], most)
    found = acquired(sets, structure, fleet)
    assert found is not None

    def held(acquire: tuple[int, ...]) -> Any:
        every = np.zeros(len(sets.first), dtype=np.int64)
        every[offers] = acquire
        return held_nodes(sets, every)[place]

    asked = sum(
        np.where(np.isfinite(structure.pools[at].running), nodes, 0)
        for at, nodes in zip(mine, fleet[mine], strict=True)
    )
    ways = [
        float(sets.offer_price[offers] @ np.array(way))
        for way in product(range(4), repeat=len(offers))
        if (held(way) >= asked).all() and (held(way) <= most).all()
    ]
    assert (held_nodes(sets, found)[place] >= asked).all()
    assert float(sets.offer_price[offers] @ found[offers]) == pytest.approx(min(ways))


def test_more_than_a_channel_may_hold_is_not_to_be_had() -> None:
    structure = structure_of(sets := sets_in_stages(3))
    assert acquired(sets, structure, structure.most + 1) is None


def test_no_certificate_is_promised() -> None:
    with pytest.raises(NotCovered, match="a certificate cannot say"):
        decompose(sets_in_stages(3), certified=True)


def test_too_many_spans_are_not_covered() -> None:
    sets = sets_in_stages(3)
    with pytest.raises(NotCovered, match="in 3 spans"):
        structure_of(sets, replace(DEFAULTS.problem, most_spans=2))
    assert all(
        pool.throughout
        for pool in structure_of(sets, replace(DEFAULTS.problem, most_spans=2), bounding=False).pools
    )
