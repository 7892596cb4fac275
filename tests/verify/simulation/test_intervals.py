"""How certain a share is: requests that wait together are late together, and count as fewer than they are."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import t as student

import planner
from planner.rates.compute import compute_rates
from planner.verify.simulation.engine.counted import variance_of_share
from planner.verify.simulation.engine.world import BINS, GROUPS
from planner.verify.simulation.judge import judge
from planner.verify.simulation.limits import Limit
from planner.verify.simulation.relaxation import relaxation_s
from planner.verify.simulation.schedule import ReplayClock, schedule_of
from planner.verify.simulation.traffic import traffic_of


def clock(periods=1):
    """Of an hour one second is replayed, of which the second half stands for nearly all."""
    return ReplayClock(periods, 1.0, 3600.0)


def test_lateness_in_one_group_is_less_certain_than_the_same_spread_out():
    """By hand: 1,600 requests, 80 late; all in one group of 100, or five in each."""
    counts = np.full((2, GROUPS), 100)
    together, apart = counts.copy(), counts - 5
    together[1, 0] = 20
    weights = clock().weights
    settled = weights[1] ** 2 * GROUPS / (GROUPS - 1) * ((20 - 95) ** 2 + (GROUPS - 1) * 5**2)
    expected = settled / (weights.sum() * 1600) ** 2
    assert variance_of_share(together, counts, clock(), GROUPS) == pytest.approx([expected], rel=1e-6)
    assert variance_of_share(apart, counts, clock(), GROUPS) == pytest.approx([0.0])


def test_a_queue_that_keeps_its_share_is_not_called_broken_by_chance():
    """M/D/1 at 0.9, 400 windows of 4,000 requests each by Lindley's recursion, groups of 250 in the second half."""
    rng, windows, count = np.random.default_rng(3), 400, 4000
    walk = np.cumsum(0.9 - rng.exponential(1.0, (windows, count)), axis=1)
    waits = walk - np.minimum(np.minimum.accumulate(walk, axis=1), 0.0)
    hits = (waits <= 5.0).reshape(windows * 2, GROUPS, -1).sum(axis=2)
    counts = np.full_like(hits, count // 2 // GROUPS)
    share = hits.reshape(windows, 2, -1)[:, 1].sum(axis=1) / (count // 2)
    groups = GROUPS // 2
    error = student.ppf(0.975, groups - 1) * np.sqrt(variance_of_share(hits, counts, clock(windows), groups))
    alone = 1.96 * np.sqrt(share * (1.0 - share) / (count // 2))
    promised = share.mean()
    assert np.mean(share + error < promised) < 0.03, "broken by chance as seldom as half of a twentieth"
    assert np.mean(share + alone < promised) > 0.25


def test_waits_settle_as_planned_rates_say_where_ranks_are_not_full():
    """One unit that is planned to be busy 0.81 of its time, 0.5 s a prompt, and measures 0.5: 0.5 / 0.01 + 0.5 s."""
    instance = planner.from_dict(
        {
            "version": 1,
            "name": "settling",
            "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 1},
            "workloads": {
                "chat": {
                    "demand": {"input_tokens_per_s": 1620.0},
                    "lengths": {"input_tokens": 1000, "output_tokens": 1},
                    "sla": {"ttft_ms": {"p90": 60000}},
                    "queueing": {},
                }
            },
            "deployments": [{"role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 2000}}],
            "fleet": {"h100": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}}},
        }
    )
    plan = planner.solve(instance)
    schedule = schedule_of(instance, plan, compute_rates(instance))
    entry = traffic_of(schedule, plan, "chat")
    measured = [SimpleNamespace(prefill_busy=np.full(1, 0.5), decode_busy=np.zeros(1))]
    assert schedule.on.sum() == 1
    assert relaxation_s(schedule, entry, measured) == pytest.approx([0.5 / (1.0 - 0.9) ** 2 + 0.5])


@pytest.mark.parametrize(
    ("promised", "in_time", "busy", "verdict"),
    [
        (0.9, 0.7, 0.95, "none"),  # a third of the time late for as long as waits take to settle: that may be
        (0.99, 0.7, 0.95, "broken"),  # with a chance of a thirtieth at most
        (0.99, 0.85, 0.95, "none"),  # of a fifteenth
        (0.9, 0.7, 1.0, "broken"),  # waits of units that are full never settle
        (0.9, 0.95, 0.95, "none"),
    ],
)
def test_a_window_shorter_than_waits_settle_in_proves_little(promised, in_time, busy, verdict):
    """Half of 200 s is left to settle, and waits take 150 s: less than once; or 40 s: less than four times."""
    instance, came = planner.load("instances/peak.yaml"), np.full(1, 10_000.0)
    nothing = {name: np.zeros(BINS) for name in ("ttft_bins", "tpot_bins")}
    run = SimpleNamespace(
        came=came,
        written=came,
        within=np.array([in_time * came]),
        variance=np.zeros((1, 1, 3)),
        prefill_busy=np.full(1, 0.5),
        decode_busy=np.full(1, 0.5),
        kept=(in_time,),
        requests=10_000,
        good_per_s=1.0,
        good_share=1.0,
        unserved_share=0.0,
        **nothing,
    )
    limit = Limit("ttft_ms", promised, 5000.0)
    window = ReplayClock(1, 200.0, 3600.0)
    for settles_s in (150.0, 40.0):
        found = judge("chat", instance, [run], [limit], window, np.full(1, settles_s), np.full(1, busy), None)
        told = "broken" if found.broken else "kept" if found.kept else "none"
        assert told == ("kept" if settles_s == 40.0 and in_time > promised else verdict)
