"""From a sweep to a rate: scaled by the kernel's ratio, parted between phases, held against the kernel."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from planner.core.errors import InstanceError
from planner.instance import Deployment, Role
from planner.loader.benchmarks import measured_rate as module
from planner.loader.benchmarks.facts import BenchmarkFacts
from planner.loader.benchmarks.measured_rate import MeasuredRate, Wanted, measured_rate
from planner.loader.benchmarks.sweep import BestPoint
from planner.rates.replica_prediction import Replica, ReplicaPrediction, predict_replica
from tests.loader.benchmarks.test_facts import SAID

FACTS = BenchmarkFacts("h100", 4, None, "llama-3.1-70b", "vllm 0.11.0", {})
BEST = BestPoint(4.0, 40.0, 1000.0, 200.0, {"mean": 300.0}, {"mean": 48.0}, (SAID,), "", ())


def rated(
    wanted: Wanted,
    monkeypatch: pytest.MonkeyPatch | None = None,
    answers: Callable[..., ReplicaPrediction] | None = None,
) -> MeasuredRate:
    if monkeypatch is not None and answers is not None:
        monkeypatch.setattr(module, "predict_replica", answers)
        monkeypatch.setattr(
            module,
            "predict_at_load",
            lambda replica, load: answers(
                replica, load.input_tokens, load.output_tokens, None, load.cached_share
            ),
        )
    return measured_rate(FACTS, BEST, (), wanted)


def by_length(
    replica: Replica, prompt: float, output: float, tpot: float | None, cached: float
) -> ReplicaPrediction:
    """A kernel that takes 0.1 ms for a prompt token and 1 ms for an output token: 3.33 requests/s as measured."""
    reading = prompt * (1.0 - cached) * 1e-4
    rate = 1.0 / (reading + output * 1e-3)
    return ReplicaPrediction(rate, rate * reading, 0.8, 1.3)


def test_lengths_as_measured_are_not_touched() -> None:
    found = rated(Wanted("chat"))
    assert (found.requests_per_s, found.ratio) == (4.0, 1.0)
    assert found.deployment()["rate_requests_per_s"] == {"chat": 4.0}
    assert "rate_band" not in found.deployment()


def test_other_lengths_are_measured_times_predicted_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    """0.3 s a request as measured, 0.6 s at twice both lengths: half the requests, with the kernel's band."""
    found = rated(Wanted("chat", Role.REQUEST, 2000.0, 400.0), monkeypatch, by_length)
    assert found.requests_per_s == pytest.approx(2.0)
    entry = found.deployment()
    assert entry["rate_band"] == {"low": 0.8, "high": 1.3}
    assert Deployment.model_validate(entry).measured


def test_two_rates_of_a_colocated_unit_serve_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of the time reads: 4 x 1,000 tokens in it, 4 x 200 in the rest, together 4 requests/s."""
    entry = rated(Wanted("chat", Role.COLOCATED), monkeypatch, by_length).deployment()
    rates = entry["rate_tokens_per_s"]["chat"]
    assert rates == {"prefill": pytest.approx(12_000.0), "decode": pytest.approx(1_200.0)}
    assert 1.0 / (1000.0 / rates["prefill"] + 200.0 / rates["decode"]) == pytest.approx(4.0)
    assert Deployment.model_validate(entry).measured


def test_cached_prompts_are_scaled_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the prompts cached leaves 0.25 s of 0.3; only computed tokens count for the prefill rate."""
    found = rated(Wanted("chat", Role.COLOCATED, cached_share=0.5), monkeypatch, by_length)
    assert found.requests_per_s == pytest.approx(4.0 * 0.3 / 0.25)
    rates = found.deployment()["rate_tokens_per_s"]["chat"]
    assert 500.0 / rates["prefill"] + 200.0 / rates["decode"] == pytest.approx(1.0 / found.requests_per_s)


@pytest.mark.parametrize(("band", "told"), [((0.8, 1.3), False), ((0.9, 1.1), True)])
def test_disagreement_beyond_the_band_is_reported(
    monkeypatch: pytest.MonkeyPatch, band: tuple[float, float], told: bool
) -> None:
    """Measured is 1.2 of the predicted 3.33 requests/s."""

    def answers(*_: object) -> ReplicaPrediction:
        return ReplicaPrediction(10.0 / 3.0, 1.0 / 3.0, *band)

    warnings = rated(Wanted("chat"), monkeypatch, answers).warnings
    assert any("measured is 1.20 of what the kernel predicts" in warning for warning in warnings) is told


def test_what_the_kernel_cannot_tell_is_reported_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> ReplicaPrediction:
        return ReplicaPrediction(math.nan, math.nan, 1.0, 1.0, "no entry 'x'")

    assert rated(Wanted("chat"), monkeypatch, nothing).warnings == (
        "not compared with the kernel: no entry 'x'",
    )
    for wanted in (Wanted("chat", Role.REQUEST, 2000.0), Wanted("chat", Role.COLOCATED)):
        with pytest.raises(InstanceError, match=r"the kernel is needed to .* and cannot: no entry 'x'"):
            rated(wanted)


def test_the_kernel_answers_for_a_replica() -> None:
    """More output takes longer; prefill takes part of the time; an unknown model is a reason, no error."""
    replica = Replica("h100", "llama-3.1-70b", 4)
    short, long = (predict_replica(replica, 1000.0, tokens, 50.0, 0.0) for tokens in (200.0, 800.0))
    assert 0.0 < long.requests_per_s < short.requests_per_s
    assert 0.0 < long.prefill_share < short.prefill_share < 1.0
    assert short.band_low < 1.0 < short.band_high
    assert "own-7b" in predict_replica(Replica("h100", "own-7b", 4), 1000.0, 200.0, 50.0, 0.0).reason
