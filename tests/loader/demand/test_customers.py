"""Burstiness of customers: known where each customer's course is drawn, and told of logs that name customers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from planner.core.errors import InstanceError
from planner.loader.demand import customers as module
from planner.loader.demand.customers import GRAIN_S, CustomerCounts
from planner.loader.demand.mapping import mapping_of
from planner.loader.demand.observe import DemandWanted, Observed, observe
from planner.loader.demand.write import findings, workload_of

WINDOWS = 144 * 3


def counted(loads: np.ndarray) -> CustomerCounts:
    """Requests of customers, drawn from mean loads of shape [customer, window], added window by window."""
    drawn = np.random.default_rng(5).poisson(loads)
    found = CustomerCounts()
    for window, of_each in enumerate(drawn.T):
        who = np.repeat(np.arange(len(of_each)), of_each).astype(np.uint64)
        found.add(who, np.full(len(who), window * GRAIN_S + 1.0))
    return found


def course() -> np.ndarray:
    """What all customers do alike: a day that rises and falls, mean 1."""
    return 1 + 0.8 * np.sin(np.arange(WINDOWS) / 144 * 2 * np.pi)


@pytest.mark.parametrize("burstiness", [0.0, 4.0])
def test_burstiness_of_equal_customers_is_found_beside_their_common_course(burstiness: float) -> None:
    drawn = np.random.default_rng(3)
    own = drawn.gamma(1 / burstiness, burstiness, (40, WINDOWS)) if burstiness else np.ones((40, WINDOWS))
    (first, second, third) = counted(60 * own * course()).classes(0, WINDOWS * GRAIN_S)
    assert first.count + second.count + third.count == 40
    for one in (first, second):
        assert one.burstiness.value == pytest.approx(burstiness, rel=0.2, abs=0.02)
        assert one.burstiness.low is not None


@pytest.mark.parametrize("others", [0.0, 0.25])
def test_each_of_two_customers_has_its_own_burstiness(others: float) -> None:
    drawn = np.random.default_rng(7)
    own = np.stack(
        [drawn.gamma(1 / one, one, WINDOWS) if one else np.ones(WINDOWS) for one in (0.25, others)]
    )
    loads = np.array([[230.0], [170.0]]) * own * course()
    large, small = counted(loads).classes(0, WINDOWS * GRAIN_S)
    assert large.burstiness.value == pytest.approx(0.25, abs=0.06)
    assert small.burstiness.value == pytest.approx(others, abs=0.06 if others else 0.03)
    assert large.burstiness.low is not None
    assert small.burstiness.low is not None
    assert large.burstiness.low > 0.1
    assert (small.burstiness.low > 0.1) == (others > 0)


def test_a_flatter_day_than_others_have_hides_no_burst() -> None:
    """A large customer who follows the day by half hides no burst of its own behind it."""
    drawn = np.random.default_rng(11)
    large = 600 * (0.5 + 0.5 * course()) * drawn.gamma(1 / 0.05, 0.05, WINDOWS)
    classes = counted(np.concatenate([large[None], 60 * np.ones((10, 1)) * course()])).classes(
        0, WINDOWS * GRAIN_S
    )
    assert classes[0].count == 1
    assert classes[0].burstiness.value > 0.05


def test_classes_are_by_size() -> None:
    loads = np.concatenate(
        [np.full((2, WINDOWS), 500.0), np.full((16, WINDOWS), 50.0), np.full((20, WINDOWS), 10.0)]
    )
    large, middle, small = counted(loads).classes(0, WINDOWS * GRAIN_S)
    assert (large.count, middle.count, small.count) == (2, 16, 20)
    assert [one.requests for one in (large, middle, small)] == pytest.approx([500, 50, 10], rel=0.05)


def test_customers_who_come_in_one_window_are_as_bursty_as_an_instance_may_state() -> None:
    found, windows = CustomerCounts(), 150_000
    for customer in range(2):  # all of its requests at once, in a log of three years
        found.add(np.full(500, customer, dtype=np.uint64), np.full(500, (20_000 + customer) * GRAIN_S))
    steady = np.arange(windows) * GRAIN_S
    found.add(np.full(windows, 9, dtype=np.uint64), steady)
    classes = found.classes(0, windows * GRAIN_S)
    assert max(one.burstiness.value for one in classes) == 10_000


def test_too_few_customers_or_too_short_a_time_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert counted(np.full((1, WINDOWS), 50.0)).classes(0, WINDOWS * GRAIN_S) == []
    assert counted(np.full((5, WINDOWS), 50.0)).classes(0, 10 * GRAIN_S) == []
    monkeypatch.setattr(module, "MOST_CELLS", 100)
    many = counted(np.full((50, 20), 5.0))
    assert many.classes(0, 20 * GRAIN_S) == []
    assert not many.complete


def log_of(folder: Path, key: str) -> Path:
    """Three hours of a gateway, three customers."""
    drawn = np.random.default_rng(1)
    rows = []
    for second in range(0, 3 * 3600, 4):
        usage = {"prompt_tokens": 100 + second % 7, "completion_tokens": 20}
        who = f"team-{int(drawn.integers(3))}"
        rows.append(
            json.dumps({"time": 1_700_000_400 + second, "id": f"r{second}", key: who, "usage": usage})
        )
    file = folder / "gateway.jsonl"
    file.write_text("\n".join(rows) + "\n")
    return file


def read(file: Path, *mapped: str) -> Observed:
    return observe([file], DemandWanted(period_minutes=10, mapping=mapping_of(mapped)))


def test_a_log_that_names_customers_states_them(tmp_path: Path) -> None:
    observed = read(log_of(tmp_path, "user"))
    classes = workload_of(observed, "chat.csv")["customers"]["classes"]
    assert sum(one["count"] for one in classes) == 3
    assert all(one["burstiness_scv"] < 0.2 for one in classes)
    assert min(one["size"] for one in classes) == 1
    assert any(name.startswith("burstiness of ") for name, _ in findings(observed))


def test_a_column_of_customers_is_named_beside_a_known_format(tmp_path: Path) -> None:
    file = log_of(tmp_path, "tenant")
    assert "customers" not in workload_of(read(file), "chat.csv")
    assert "customers" in workload_of(read(file, "customer=tenant"), "chat.csv")
    (tmp_path / "azure.csv").write_text(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,374,44\n"
    )
    with pytest.raises(InstanceError, match="has no 'tenant' for customer"):
        observe([tmp_path / "azure.csv"], DemandWanted(mapping=mapping_of(["customer=tenant"])))
