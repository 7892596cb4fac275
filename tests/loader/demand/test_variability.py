"""Variability and prefix reuse against sums by hand, known laws and a public trace."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from planner.loader.demand.measure import jackknife
from planner.loader.demand.observe import DemandWanted, Observed, observe
from planner.loader.demand.prefix_reuse import KEPT_S

DATA = Path(__file__).parents[2] / "data"


def log_of(folder: Path, seconds: np.ndarray, prompts: np.ndarray) -> Observed:
    begin = np.datetime64("2025-03-03T00:00:00", "us")
    moments = begin + np.rint(seconds * 1e6).astype("timedelta64[us]")
    rows = [
        f"{moment},{prompt},{2 * prompt}" for moment, prompt in zip(moments, prompts.tolist(), strict=True)
    ]
    file = folder / "log.csv"
    file.write_text("\n".join(["TIMESTAMP,ContextTokens,GeneratedTokens", *rows]), encoding="utf-8")
    return observe([file], DemandWanted(zone=ZoneInfo("UTC")))


def test_poisson_arrivals_have_a_dispersion_of_one(tmp_path: Path) -> None:
    draw = np.random.default_rng(7)
    seconds = np.sort(draw.uniform(0, 6 * 3600, 40_000))
    prompts = np.rint(draw.exponential(1000, 40_000)).astype(int) + 1
    found = log_of(tmp_path, seconds, prompts).variability
    assert found is not None
    for one in (*found.dispersion.values(), found.prefill_scv, found.decode_scv):
        assert one.low is not None
        assert one.high is not None
        assert one.low <= 1.0 <= one.high
        assert one.high - one.low < 0.3


def test_a_course_of_the_day_is_no_burstiness(tmp_path: Path) -> None:
    draw = np.random.default_rng(11)
    hours = np.repeat(np.arange(24), (1000 * (2 + np.sin(np.arange(24) / 24 * 2 * np.pi))).astype(int))
    seconds = np.sort((hours + draw.uniform(0, 1, len(hours))) * 3600)
    found = log_of(tmp_path, seconds, np.full(len(seconds), 100)).variability
    assert found is not None
    assert found.dispersion[60].value == pytest.approx(1.0, abs=0.1)


def test_batches_of_ten_have_a_dispersion_of_ten(tmp_path: Path) -> None:
    draw = np.random.default_rng(5)
    batches = np.sort(draw.uniform(0, 6 * 3600, 8_000))
    seconds = np.sort((batches[:, None] + np.arange(10) * 1e-3).ravel())
    found = log_of(tmp_path, seconds, np.arange(len(seconds)) % 50 + 1).variability
    assert found is not None
    assert found.dispersion[10].value == pytest.approx(10.0, rel=0.1)


def test_an_interval_holds_what_it_says() -> None:
    draw = np.random.default_rng(3)
    inside = 0
    for _ in range(200):
        counts = draw.poisson(5, 60).astype(float)
        one = jackknife(np.stack([counts, np.ones(60)]), lambda sums: float(sums[0] / sums[1]))
        inside += one.low is not None and one.high is not None and one.low <= 5.0 <= one.high
    assert 180 <= inside <= 198


def test_prefixes_that_came_before_by_hand(tmp_path: Path) -> None:
    lines = [
        '{"timestamp": 0, "input_length": 1100, "output_length": 1, "hash_ids": [1, 2, 3]}',
        '{"timestamp": 0, "input_length": 1030, "output_length": 1, "hash_ids": [1, 2, 4]}',
        '{"timestamp": 400000, "input_length": 520, "output_length": 1, "hash_ids": [9, 3]}',
        '{"timestamp": 500000, "input_length": 600, "output_length": 1, "hash_ids": [1, 5]}',
        '{"timestamp": 600000, "input_length": 500, "output_length": 1, "hash_ids": [1]}',
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(lines))
    wanted = DemandWanted(start=datetime(2025, 3, 3, tzinfo=UTC), period_minutes=1, from_first=True)
    observed = observe([tmp_path / "log.jsonl"], wanted)
    assert observed.log is not None
    assert observed.log.reuse is not None
    by_time = dict(zip(KEPT_S, observed.log.reuse.found.tolist(), strict=True))
    assert by_time[np.inf] == 1024 + 0 + 512 + 500
    assert by_time[300.0] == 1024 + 500
    assert by_time[60.0] == 1024
    assert observed.cached_share is not None
    assert observed.cached_share.value == pytest.approx(2036 / 3750)


def test_a_public_trace_in_parts_reuses_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    file = DATA / "mooncake_conversation_excerpt.jsonl"
    wanted = DemandWanted(start=datetime(2025, 3, 3, tzinfo=UTC), period_minutes=1, from_first=True)
    whole = observe([file], wanted)
    monkeypatch.setattr("planner.loader.demand.blocks.BLOCK_BYTES", 5_000)
    parts = observe([file], wanted)
    assert whole.log is not None
    assert parts.log is not None
    assert whole.log.reuse is not None
    assert parts.log.reuse is not None
    assert parts.log.reuse.found == pytest.approx(whole.log.reuse.found)
    assert whole.log.reuse.found[-1] > 0
