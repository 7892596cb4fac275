"""Whole requests on ranks that step together, against simulations of the dealing itself and values by hand."""

import numpy as np
import pytest

import kernels
from kernels.balance.dealing import largest_normal, largest_of, pass_imbalance, running_surplus
from kernels.lengths import RequestLengths

HALF = np.array([0.5, 0.5])


def alike(tokens: float) -> RequestLengths:
    one = np.ones(1)
    return RequestLengths(one, tokens * one, 0.0 * one, one)


def test_the_largest_of_two_coins() -> None:
    """Heads 3, tails 1: both tails a quarter of the time, so 1/4 + 3 x 3/4."""
    assert largest_of(np.array([1.0, 3.0]), HALF, 2) == pytest.approx(2.5)


@pytest.mark.parametrize(("count", "mean"), [(1, 0.0), (2, 0.5641896), (10, 1.5387527)])
def test_the_largest_normal_is_the_tabulated_one(count: int, mean: float) -> None:
    """Expected values of normal order statistics, H. L. Harter, Biometrika 48, 1961."""
    assert largest_normal(count) == pytest.approx(mean, abs=1e-5)


def test_requests_alike_leave_no_surplus_where_they_are_dealt() -> None:
    surplus, scattered = running_surplus(alike(5_000.0), 16, "dealt")
    assert surplus == pytest.approx(0.0)
    assert scattered == pytest.approx(2.3263479 / 4.0)  # units that have more of them, one in a hundred
    assert pass_imbalance(alike(1000.0), 4000.0, 16, "dealt") == pytest.approx((1.0, 0.0))


@pytest.mark.parametrize("rule", ["even", "dealt", "bound"])
def test_one_rank_is_the_mean_rank(rule: str) -> None:
    assert running_surplus(alike(5_000.0), 1, rule) == (0.0, 0.0)
    assert pass_imbalance(alike(90_000.0), 4000.0, 1, rule) == (1.0, 0.0)


@pytest.mark.parametrize(("ranks", "held"), [(4, 10), (16, 20)])
def test_what_is_dealt_to_the_least_has_the_surplus_of_the_largest(ranks: int, held: int) -> None:
    """Running requests leave by chance, and whoever comes goes to the rank with the least."""
    contexts = np.array([0.5, 1.0, 3.0])
    share = np.array([0.5, 0.3, 0.2])
    share = share / share.sum()
    rng = np.random.default_rng(1)
    size = rng.choice(contexts, ranks * held, p=share)
    rank = np.arange(ranks * held) % ranks
    load = np.bincount(rank, weights=size, minlength=ranks)
    most = []
    for turn in range(60 * ranks * held):
        gone, new = rng.integers(ranks * held), rng.choice(contexts, p=share)
        load[rank[gone]] -= size[gone]
        rank[gone] = np.argmin(load)
        load[rank[gone]] += new
        size[gone] = new
        if turn > 10 * ranks * held and turn % ranks == 0:
            most.append(load.max() - load.mean())
    lengths = RequestLengths(share, contexts, 0.0 * contexts, np.full(3, 1e-6))
    surplus, _ = running_surplus(lengths, ranks, "dealt")
    assert np.mean(most) / (share @ contexts) == pytest.approx(surplus, abs=0.25)


def test_prompts_that_fill_a_pass_wait_for_the_longest() -> None:
    """Pieces of a pass each: half of the tokens are prompts of one pass, half of two, which reach 1/2 and 3/2."""
    chunk = 1000.0
    lengths = RequestLengths(np.array([2.0, 1.0]) / 3.0, np.array([1000.0, 2000.0]), np.zeros(2), np.ones(2))
    reach = np.array([500.0, 1500.0])
    share = np.array([0.75, 0.25])
    expected = largest_of(reach, share, 4) / (share @ reach)
    assert pass_imbalance(lengths, chunk, 4, "dealt")[0] == pytest.approx(expected)


def test_short_prompts_wait_for_long_ones_of_others() -> None:
    """Prompts of 1,000 tokens reach 500, others of 4,000 in one pass 2,000: four times the attention of one's own."""
    short, long = alike(1000.0), alike(4000.0)
    assert pass_imbalance(short, 4000.0, 16, "dealt", (long,))[0] == pytest.approx(4.0)
    assert pass_imbalance(long, 4000.0, 16, "dealt", (short,))[0] == pytest.approx(1.0)
    own, beside = (running_surplus(short, 16, "dealt", others)[1] for others in ((), (long,)))
    assert beside == pytest.approx(own * 4000.5 / 1000.5)


def test_units_are_slower_the_less_their_ranks_are_balanced() -> None:
    """The same prompts: spread evenly, dealt whole, bound to whatever rank."""
    model = kernels.architecture("deepseek-r1")
    options = kernels.Options((kernels.accelerator("h800"),) * 2, ("prefill", "decode"), np.array([16, 32]))
    found = [
        kernels.operating_points(
            model, options, kernels.Conditions(input_tokens=4000.0, output_tokens=1000.0, ranks=rule)
        )
        for rule in ("even", "dealt", "bound")
    ]
    reads = [points.prefill_tokens_per_s[0] for points in found]
    writes = [points.decode_tokens_per_s[1] for points in found]
    assert reads[0] > reads[1] == reads[2]
    assert writes[0] > writes[1] > writes[2]
    with pytest.raises(kernels.KernelError, match="ranks must be one of even, dealt, bound"):
        kernels.Conditions(input_tokens=1.0, output_tokens=1.0, ranks="odd")
