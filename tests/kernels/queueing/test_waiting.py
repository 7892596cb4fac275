"""Erlang's formulas, exact waits of GI/M/c and GI/D/c, and the caps drawn from them."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kernels.queueing import (
    LAWS,
    draw_gaps,
    erlang_b,
    erlang_c,
    mean_wait,
    share_too_long,
    ttft_cap,
    utilisation_cap,
    wait_probability,
    wait_quantile,
)
from kernels.queueing.deterministic import wait_tail

sys.path.insert(0, str(Path(__file__).parent))
from reference_queue import simulated_cap, waits


def test_erlang_published_values():
    # Cooper, Introduction to Queueing Theory: B(10, 5) = 0.0184, B(2, 1) = 1/5; C(2, 1) = 1/3
    assert erlang_b(10, 5.0) == pytest.approx(0.018385, abs=1e-6)
    assert erlang_b([2, 1, 0], 1.0) == pytest.approx([0.2, 0.5, 1.0])
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c(5, 7.0) == pytest.approx(1.0)


def test_erlang_is_stable_for_thousands_of_servers():
    blocked = erlang_b([2_000, 20_000], [1_900.0, 40_000.0])
    assert np.all((blocked > 0) & (blocked < 1))
    assert blocked[1] == pytest.approx(0.5, abs=0.001)  # twice the load: half is blocked
    with pytest.raises(ValueError, match="servers >= 0"):
        erlang_b(-1, 1.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 2_000), st.floats(0.05, 0.99))
@example(2, 0.5)
@example(4, 0.75)
def test_poisson_arrivals_give_erlang_c(servers, utilisation):
    share = wait_probability(servers, utilisation, 0.0, 1.0, 1.0)
    expected = erlang_c(servers, servers * utilisation)
    assert share == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert mean_wait(servers, utilisation, 1.0, 1.0) == pytest.approx(
        share / (servers * (1 - utilisation)), rel=1e-6
    )


def test_quantile_inverts_the_tail():
    wait = wait_quantile(8, 0.9, 0.99, 4.0, 2.0)
    assert wait_probability(8, 0.9, wait, 4.0, 2.0) == pytest.approx(0.01)
    assert wait_quantile(8, 0.1, 0.5, 1.0, 1.0) == 0.0


@pytest.mark.parametrize("utilisation", [0.02, 0.3, 0.7, 0.95])
def test_constant_service_matches_the_closed_form_of_one_server(utilisation):
    # P(W <= t) = (1 - rho) sum_k (-rho (t - k))^k / k! e^(rho (t - k)), t in service times (Erlang, 1909)
    for t in (0.0, 0.3, 1.0, 2.5):
        terms = [
            (-utilisation * (t - k)) ** k / math.factorial(k) * math.exp(utilisation * (t - k))
            for k in range(int(t) + 1)
        ]
        tail = wait_tail(np.ones(1), np.array([utilisation]), np.ones(1), np.array([t]))[0]
        # half a lattice cell on either side of the atom at 0 and of the jump in density at 1
        assert tail == pytest.approx(1 - (1 - utilisation) * sum(terms), abs=0.006 if t == 0 else 0.002)


@pytest.mark.parametrize(
    ("servers", "arrival_scv", "service_scv", "wait", "requests"),
    [
        (1, 1, 1, 2.0, 200_000),
        (1, 4, 0, 5.0, 600_000),
        (4, 4, 1, 1.0, 200_000),
        (30, 1, 0, 0.2, 400_000),
        (300, 4, 0, 0.1, 600_000),
        (2_000, 1, 1, 0.02, 400_000),
    ],
)
def test_caps_are_within_5_percent_of_simulation(servers, arrival_scv, service_scv, wait, requests):
    cap = utilisation_cap(servers, 1.0, wait, 0.95, arrival_scv, service_scv)
    simulated = simulated_cap(servers, wait, 0.95, arrival_scv, service_scv, requests, steps=9)
    assert cap == pytest.approx(simulated, rel=0.05)


@pytest.mark.parametrize(("servers", "wait", "scv"), [(1, 5.0, 4), (4, 1.0, 4), (8, 1.0, 16), (200, 0.1, 4)])
def test_caps_of_hyperexponential_arrivals_are_within_5_percent_of_simulation(servers, wait, scv):
    law = "hyperexponential"
    cap = float(utilisation_cap(servers, 1.0, wait, 0.9, scv, 1.0, law))
    simulated = simulated_cap(servers, wait, 0.9, scv, 1.0, 400_000, steps=9, law=law)
    assert cap == pytest.approx(simulated, rel=0.05)
    assert (
        utilisation_cap(servers, 1.0, wait, 0.9, scv, 1.0) <= cap
    )  # the same variability in clumps is worse


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(LAWS)), st.floats(0.2, 20.0), st.floats(0.1, 300.0), st.floats(0.01, 400.0))
def test_transforms_of_arrival_laws(law, scv, rate, s):
    """The decline is minus the slope of A; A is that of gaps drawn, whose mean is 1 and variance the scv."""
    log_transform, decline = LAWS[law].log_transform, LAWS[law].decline
    arguments = np.array([rate]), np.array([scv])
    step = 1e-4 * s
    below, above = (np.exp(log_transform(np.array([s + d]), *arguments)) for d in (-step, step))
    assert decline(np.array([s]), *arguments) == pytest.approx((below - above) / (2 * step), rel=1e-4)
    near = np.array([1e-3])  # A(s) = 1 - s + s^2 (1 + scv) / 2 of rate 1
    moments = 1.0 - near + near**2 * (1.0 + scv) / 2.0
    assert np.exp(log_transform(near, np.ones(1), np.array([scv]))) == pytest.approx(
        moments, abs=3e-6 * scv**2
    )


@pytest.mark.parametrize("law", sorted(LAWS))
def test_gaps_have_their_moments(law):
    gaps = draw_gaps(np.random.default_rng(2), law, 4.0, 400_000)
    assert gaps.mean() == pytest.approx(1.0, rel=0.02)
    assert gaps.var() == pytest.approx(4.0, rel=0.05)
    slow = np.exp(-0.7 * gaps).mean()
    assert slow == pytest.approx(
        np.exp(LAWS[law].log_transform(np.array([0.7]), np.ones(1), np.array([4.0])))[0], rel=0.01
    )
    assert draw_gaps(np.random.default_rng(2), law, 0.0, 3).tolist() == [1.0, 1.0, 1.0]


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 400),
    st.floats(0.01, 5.0),
    st.sampled_from([0.9, 0.95, 0.99]),
    st.floats(0.5, 6.0),
    st.floats(0.0, 4.0),
)
def test_caps_rise_with_servers_and_budget_and_fall_with_variability(servers, wait, share, arrivals, service):
    cap = utilisation_cap(
        [servers, servers + 5, servers, servers, servers],
        2.0,
        np.array([wait, wait, 1.3 * wait, wait, wait]) * 2.0,
        share,
        [arrivals, arrivals, arrivals, 1.5 * arrivals, arrivals],
        [service, service, service, service, max(service, 1.0) * 1.5],
    )
    assert np.all((cap >= 0) & (cap < 1))
    assert cap[1] >= cap[0] - 1e-4
    assert cap[2] >= cap[0] - 1e-4
    assert cap[3] <= cap[0] + 1e-4
    # (steadier service than exponential may even wait longer when hardly anyone waits)
    assert cap[4] <= utilisation_cap(servers, 1.0, wait, share, arrivals, max(service, 1.0)) + 1e-4


def test_share_too_long():
    lengths = np.random.default_rng(9).lognormal(-np.log(3.0) / 2, np.sqrt(np.log(3.0)), 400_000)
    assert share_too_long([1.0, 4.0], 2.0) == pytest.approx(
        [np.mean(lengths > 1.0), np.mean(lengths > 4.0)], rel=0.02
    )
    assert share_too_long([0.5, 2.0, -1.0], 0.0).tolist() == [1.0, 0.0, 1.0]


def test_cap_edges():
    assert utilisation_cap(10, 1.0, -0.1, 0.99) == 0.0
    assert utilisation_cap(np.ones((2, 3)), 1.0, 1.0, 0.9).shape == (2, 3)
    with pytest.raises(ValueError, match="no law of arrivals"):
        utilisation_cap(1, 1.0, 1.0, 0.9, 2.0, 1.0, "weibull")
    with pytest.raises(ValueError, match="servers must be >= 1; percentile"):
        utilisation_cap(0, 1.0, 1.0, 99)


def test_ttft_cap_keeps_the_promise_for_long_prompts_too():
    servers, scv, ttft, rng = 24, 1.7, 6.0, np.random.default_rng(3)
    cap = float(ttft_cap(servers, 1.0, ttft, 0.95, 0.2, 1.0, scv))
    sigma = math.sqrt(math.log1p(scv))
    lengths = rng.lognormal(-(sigma**2) / 2, sigma, 400_000)

    def late(utilisation):
        arrivals = np.cumsum(rng.exponential(1 / (servers * utilisation), len(lengths)))
        return np.mean(waits(arrivals, lengths, servers) + lengths + 0.2 > ttft)

    assert late(cap * 0.97) < 0.05
    assert late(min(cap * 1.03, 0.999)) > 0.05


def test_ttft_cap_is_nothing_where_long_prompts_alone_break_it():
    assert ttft_cap(1_000, 1.0, 2.0, 0.99, 0.0, 1.0, 2.0) == 0.0
    assert ttft_cap(1_000, 1.0, 2.0, 0.99, 0.0, 1.0, 0.0) > 0.9
    assert ttft_cap(1_000, 1.0, 2.0, 0.99, 1.5, 1.0, 0.0) == 0.0


def test_ttft_cap_behind_longer_prompts_of_others():
    servers, scv, ttft, rng = 16, 1.5, 1.0, np.random.default_rng(4)
    alone = float(ttft_cap(servers, 0.1, ttft, 0.95, 0.0, 1.0, scv))
    cap = float(ttft_cap(servers, 0.1, ttft, 0.95, 0.0, 1.0, scv, ahead_s=1.0, ahead_scv=1.0))
    assert cap < alone - 0.02
    own = rng.random(400_000) < 0.05  # one in twenty, so that nearly all in front is others'
    sigma = math.sqrt(math.log1p(scv))
    work = np.where(
        own, 0.1 * rng.lognormal(-(sigma**2) / 2, sigma, len(own)), rng.exponential(1.0, len(own))
    )

    def late(utilisation):
        arrivals = np.cumsum(rng.exponential(work.mean() / (servers * utilisation), len(own)))
        return np.mean((waits(arrivals, work, servers) + work)[own] > ttft)

    assert late(cap * 0.97) < 0.05
    assert late(min(cap * 1.03, 0.999)) > 0.05
