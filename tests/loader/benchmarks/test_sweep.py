"""The best load of a sweep against arithmetic by hand, and sweeps that are none."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from planner.core.errors import InstanceError
from planner.instance.lengths import Lengths
from planner.instance.queueing import Queueing
from planner.instance.workload import Demand, Workload
from planner.loader.benchmarks.limits import LatencyLimit, limit_of, limits_of
from planner.loader.benchmarks.point import BenchmarkPoint
from planner.loader.benchmarks.sweep import best_within, in_order


def point(concurrency: float, rate: float, ttft: float, tpot: float) -> BenchmarkPoint:
    return BenchmarkPoint(
        "typed",
        f"c{concurrency:g}.json",
        None,
        "",
        rate,
        1000.0,
        200.0,
        concurrency,
        {"mean": ttft, "p99": 3 * ttft},
        {"mean": tpot},
    )


SWEEP = [point(10, 2.0, 100, 20), point(20, 3.0, 200, 30), point(40, 4.0, 800, 60)]


def best(*limits: str, sweep: list[BenchmarkPoint] = SWEEP) -> object:
    made = [limit_of(*one.split(":")) for one in limits]
    return best_within(in_order(sweep, 0.01), made)


def test_a_limit_between_two_loads_is_met_there() -> None:
    """40 ms lies a third of the way from 30 to 60: 3 + 1/3 requests/s at concurrency 20 + 20/3."""
    found = best("tpot:40")
    assert found.requests_per_s == pytest.approx(3.0 + 1.0 / 3.0)
    assert found.concurrency == pytest.approx(20.0 + 20.0 / 3.0)
    assert found.ttft_ms["mean"] == pytest.approx(400.0)
    assert found.beyond == "TPOT mean <= 40 ms is met"


def test_the_stricter_of_two_limits_counts() -> None:
    """TTFT p99 of 1,050 ms stands a quarter of the way from 600 to 2,400."""
    found = best("tpot:59", "ttft:p99=1050")
    assert found.requests_per_s == pytest.approx(3.25)
    assert found.beyond == "TTFT p99 <= 1050 ms is met"


@pytest.mark.parametrize("queueing", [None, Queueing()])
def test_time_per_token_is_promised_as_units_are_planned_for_it(queueing: Queueing | None) -> None:
    """For the mean request; with queueing for 99 of 100, as far as the files tell: 50 is met halfway from 40 to 60."""
    demand = Demand(input_tokens_per_s=1.0, output_tokens_per_s=1.0)
    lengths = Lengths(input_tokens=1000.0, output_tokens=200.0)
    limits = limits_of(Workload(demand=demand, lengths=lengths, sla={"tpot_ms": 50.0}, queueing=queueing))
    told = [replace(one, tpot_ms={**one.tpot_ms, "p99": 2 * one.tpot_ms["mean"]}) for one in SWEEP]
    found = best_within(told, limits)
    mean = best_within(SWEEP, limits)
    assert mean.requests_per_s == pytest.approx(3.0 + 2.0 / 3.0)
    assert found.requests_per_s == pytest.approx(mean.requests_per_s if queueing is None else 2.5)
    assert mean.answered == (
        () if queueing is None else ("TPOT mean stands in for p99, which is not given: it is looser",)
    )


def test_the_highest_load_is_not_gone_beyond() -> None:
    found = best("tpot:100")
    assert found.requests_per_s == 4.0
    assert "no load above 40 concurrent requests was measured" in found.beyond
    assert best().requests_per_s == 4.0


def test_more_under_way_that_serves_less_is_not_taken() -> None:
    found = best(sweep=[*SWEEP, point(80, 3.5, 900, 70)])
    assert (found.requests_per_s, found.concurrency) == (4.0, 40)
    assert found.beyond == "80 concurrent requests served no more of them"


def test_a_limit_kept_again_at_a_higher_load() -> None:
    """Latencies need not rise: here the limit is broken at 20 and kept at 40."""
    found = best(
        "ttft:250", sweep=[point(10, 2.0, 100, 20), point(20, 3.0, 400, 30), point(40, 4.0, 200, 60)]
    )
    assert found.requests_per_s == 4.0


def test_no_load_within_the_limits() -> None:
    with pytest.raises(
        InstanceError, match=r"c10.json: no load of the sweep keeps TPOT mean <= 10 ms \(20 at best\)"
    ):
        best("tpot:10")


def test_a_higher_percentile_answers_for_a_lower_one() -> None:
    found = best("ttft:p95=600")
    assert found.requests_per_s == pytest.approx(3.0)
    assert found.answered == ("TTFT p99 stands in for p95, which is not given",)


@pytest.mark.parametrize("limit", ["ttft:p999=600", "tpot:p50=30"])
def test_a_statistic_that_is_not_there(limit: str) -> None:
    with pytest.raises(InstanceError, match=r"c10.json: gives no p\d+ or higher percentile of the time"):
        best(limit)


def test_repeated_runs_are_one_load() -> None:
    found = best(sweep=[SWEEP[0], point(20, 3.0, 200, 30), point(20, 3.4, 220, 34)])
    assert found.requests_per_s == pytest.approx(3.2)
    assert found.tpot_ms["mean"] == pytest.approx(32.0)


def test_what_is_no_sweep_is_reported_all_at_once() -> None:
    longer = replace(SWEEP[1], input_tokens=2000.0)
    failed = replace(SWEEP[2], completed=90.0, failed=10.0)
    lost = replace(SWEEP[0], concurrency=math.nan)
    with pytest.raises(InstanceError) as caught:
        in_order([SWEEP[0], longer, failed, lost], 0.01)
    told = [fault.message for fault in caught.value.faults]
    assert "has 2,000 input tokens, c10.json has 1,000: import one pair of lengths at a time" in told
    assert any("10 of 100 requests failed" in message for message in told)
    assert "says neither its concurrency nor its latencies" in told
    assert in_order([failed], 0.1) == [failed]


@pytest.mark.parametrize(("text", "statistic", "most"), [("50", "mean", 50.0), ("p95=2e3", "p95", 2000.0)])
def test_limits_as_written(text: str, statistic: str, most: float) -> None:
    assert limit_of("tpot", text) == LatencyLimit("tpot", statistic, most)


@pytest.mark.parametrize("text", ["p42=3", "p95=", "-1", "nan", "p95=0"])
def test_limits_that_are_none(text: str) -> None:
    with pytest.raises(InstanceError, match="--tpot-ms"):
        limit_of("tpot", text)


def test_more_requests_than_concurrency_and_latencies_allow_are_refused() -> None:
    """At 2 at once requests of 100 + 199 x 10 ms come at 2 / 2.09 a second: 1.5 times that passes, no more."""
    most = 2 / 2.09
    assert in_order([point(2, 1.49 * most, 100, 10)], 0.01)
    with pytest.raises(InstanceError, match=r"c2.json: says .* at 2 at once, .* are 3.02 at once or more"):
        in_order([point(2, 1.51 * most, 100, 10)], 0.01)


@pytest.mark.parametrize(("statistic", "share"), [("p50", 0.5), ("p90", 0.1), ("p99", 0.01)])
def test_percentiles_bound_the_mean_from_below(statistic: str, share: float) -> None:
    """Markov's inequality: a mean is at least 1 - q of the quantile q."""
    one = replace(point(2, 1e6, 100, 10), ttft_ms={statistic: 100.0}, tpot_ms={statistic: 10.0})
    assert one.least_concurrency == pytest.approx(1e6 * share * 2.09)
    with pytest.raises(InstanceError, match="by Little's law"):
        in_order([one], 0.01)


def test_rates_beyond_any_replica_are_refused_without_latencies() -> None:
    with pytest.raises(InstanceError, match=r"above 1e.12 tokens a second"):
        in_order([replace(point(2, 1e300, 100, 10), ttft_ms={}, tpot_ms={})], 0.01)


def test_latencies_in_seconds_are_refused() -> None:
    in_ms = point(32, 4.0, 250.0, 30.0)
    in_seconds = replace(in_ms, ttft_ms={"mean": 0.25}, tpot_ms={"mean": 0.03})
    assert in_order([in_ms], 0.01) == [in_ms]
    with pytest.raises(InstanceError, match="are these in seconds"):
        in_order([in_seconds], 0.01)
