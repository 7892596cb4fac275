"""The engine against queueing theory, arithmetic and conservation: constant rates are what the theory knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kernels.queueing import erlang
from planner.verify.simulation.engine.build import Kinds, UnitType, build, with_room
from planner.verify.simulation.engine.measured_times import measured_times
from planner.verify.simulation.engine.run import run
from planner.verify.simulation.engine.streams import blank
from planner.verify.simulation.engine.world import IN_FLIGHT, ROUTERS

ONE, NO = np.ones(1), np.zeros(1)
EVER = [(0.0, np.inf, False)]


def servers(prefill=None, decode=None, tpot_s=1.0, slots=1.0):
    """A type of units whose rates are constant; 1,000 tokens a request."""
    return UnitType(
        times=measured_times(prefill, decode, tpot_s, slots),
        slots=np.array([slots if decode is not None else 0.0]),
        reads=np.full((1, 1), prefill or 0.0),
        writes=np.full((1, 1), decode or 0.0),
        able_reads=np.array([prefill or 0.0]),
        able_writes=np.array([decode or 0.0]),
        transfer_token_s=NO,
        delay_s=NO,
        one_prompt=decode is None,
    )


def requests(arrived, prompt=1.0, output=1.0):
    made = blank(len(arrived), 0)
    made["arrived"] = made["base"] = arrived
    made["prompt"], made["output"] = prompt, output
    made["session"] = np.random.default_rng(0).random(len(arrived))
    return made


def after(types, type_of, arrivals, limit=np.inf, router="least_work", windows=None, urgency=(0,)):
    """The world when all is done; `limit` on the first token, s."""
    reads, writes = (any(getattr(one, name).any() for one in types) for name in ("able_reads", "able_writes"))
    kinds = Kinds(
        has_prefill=np.array([reads] * len(urgency)),
        has_decode=np.array([writes] * len(urgency)),
        urgency=np.array(urgency, dtype=np.int64),
        ttft_s=np.full((len(urgency), 1), limit),
        tpot_s=np.full(len(urgency), np.inf),
        output=np.full(len(urgency), float(arrivals["output"].mean())),
    )
    world = build(types, type_of, windows or [EVER] * len(type_of), kinds, 1e12, 1, router)
    world = with_room(world, len(arrivals))
    run(world, arrivals, np.inf)
    return world


def test_one_server_waits_as_the_theory_of_constant_service_says():
    """M/D/1 at 0.6: P(no wait) = 1 - 0.6 (Pollaczek; A. K. Erlang, 1909)."""
    arrivals = requests(np.cumsum(np.random.default_rng(1).exponential(1.0, 60_000)), prompt=0.6)
    world = after([servers(prefill=1.0)], [0], arrivals, limit=0.6 + 1e-6)
    assert world.within.sum() / 60_000 == pytest.approx(0.4, abs=0.012)
    assert world.used["prompt_work"].sum() == pytest.approx(0.6 * 60_000, rel=1e-6)


def test_slots_of_exponential_holding_wait_as_often_as_erlang_says():
    """M/M/c at 0.8 of 20 slots: P(wait) is Erlang's C; a request holds its slot for its tokens, 1 ms each."""
    rng, slots, hold = np.random.default_rng(2), 20, 4.0
    arrivals = requests(
        np.cumsum(rng.exponential(hold / (0.8 * slots), 60_000)),
        output=np.maximum(np.round(rng.exponential(hold * 1000.0, 60_000)), 1.0),
    )
    world = after([servers(decode=slots * 1000.0, tpot_s=1e-3, slots=slots)], [0], arrivals, limit=1.5e-3)
    waits = 1.0 - world.within.sum() / 60_000
    assert waits == pytest.approx(float(erlang.erlang_c(slots, 0.8 * slots)), rel=0.12)


def test_routers_that_look_wait_less_than_turns_and_turns_less_than_chance():
    """Eight servers at 0.85: in theory one queue of M/M/8, E_8/M/1 by turns, M/M/1 by chance."""
    rng = np.random.default_rng(3)
    arrivals = requests(np.cumsum(rng.exponential(1.0, 40_000)), prompt=rng.exponential(0.85 * 8, 40_000))
    kept = {
        router: after([servers(prefill=1.0)], [0] * 8, arrivals, limit=20.0, router=router).within.sum()
        / 40_000
        for router in ROUTERS
    }
    assert kept["least_work"] > kept["round_robin"] + 0.02
    assert kept["round_robin"] > kept["random"] + 0.1
    assert kept["prefix_affinity"] > kept["random"]


def test_a_router_that_looks_sees_the_work_of_others_but_for_what_is_less_urgent():
    """Two units read 1 token/s; the plan has one do most of two workloads, but the first may go to either."""
    rng, each = np.random.default_rng(5), 20_000
    one, other = (
        requests(np.cumsum(rng.exponential(gap, each)), prompt=1.0) for gap in (1.0 / 0.6, 1.0 / 0.4)
    )
    other["kind"] = 1
    both = np.concatenate([one, other])
    both = both[np.argsort(both["arrived"], kind="stable")]
    reads = np.array([[0.1, 0.0], [0.5, 0.4]])  # what the plan gives either unit of either workload
    types = [
        replace(
            servers(prefill=1.0),
            slots=np.zeros(2),
            reads=given[:, None],
            writes=np.zeros((2, 1)),
            able_reads=np.where(given > 0.0, 1.0, 0.0),
            able_writes=np.zeros(2),
            transfer_token_s=np.zeros(2),
            delay_s=np.zeros(2),
        )
        for given in reads
    ]
    late = {
        urgency: 1.0
        - after(types, [0, 1], both, limit=4.0, urgency=urgency).within[:, 0, 0].sum(axis=1) / each
        for urgency in ((0, 0), (0, 1))
    }
    assert late[0, 0].max() < 0.01, "neither waits on the one while the other is idle"
    assert late[0, 1][0] <= late[0, 0][0], "the urgent one passes what waits of the other"


def test_a_router_that_looks_fills_units_of_all_kinds_alike():
    """One unit writes an answer in 4 s, the other in 1 s; by seconds of work the fast one would be full first."""
    rng, slots = np.random.default_rng(7), 50
    each_s = (4.0, 1.0)
    types = [
        replace(
            servers(decode=slots * 4000.0 / full_s, tpot_s=full_s / 4000.0, slots=slots),
            reads=np.full((1, 1), 1e9),
            able_reads=np.array([1e9]),
            one_prompt=False,
        )
        for full_s in each_s
    ]
    per_s = 0.8 * sum(slots / full_s for full_s in each_s)
    arrivals = requests(np.cumsum(rng.exponential(1.0 / per_s, 10_000)), output=4000.0)
    world = after(types, [0, 1], arrivals)
    filled = world.used["room_time"].sum(axis=1) / arrivals["arrived"][-1]
    assert filled == pytest.approx([0.8, 0.8], abs=0.05)


def test_everything_that_comes_goes_and_the_lost_start_again():
    """Two pairs of units, one of each failing in the midst: all requests end, those broken off later than the rest."""
    types = [servers(prefill=100.0), servers(decode=1000.0, tpot_s=0.01, slots=10.0)]
    arrivals = requests(np.arange(2_000) * 0.05, prompt=4.0, output=40.0)
    broken = [(0.0, 30.0, True), (50.0, np.inf, False)]
    steady = after(types, [0, 0, 1, 1], arrivals, limit=0.2)
    failing = after(types, [0, 0, 1, 1], arrivals, limit=0.2, windows=[broken, EVER, broken, EVER])
    for world in (steady, failing):
        assert world.counters[IN_FLIGHT] == 0
        assert world.seen["came"].sum() == world.seen["written"].sum() == 2_000
        assert np.allclose(world.queues["work"], 0.0)
        assert np.abs(world.units["room"]).max() < 1e-9
        assert not world.ranks["running"].any()
    assert steady.within.sum() == 2_000
    assert failing.within.sum() < 2_000


def test_units_that_stop_finish_what_they_have_and_nobody_is_served_without_units():
    arrivals = requests(np.array([0.0, 0.5, 3.0]), prompt=1.0)
    world = after([servers(prefill=1.0)], [0], arrivals, windows=[[(0.0, 1.0, False)]])
    assert world.seen["good"].sum() == 2
    assert world.counters[IN_FLIGHT] == 1
