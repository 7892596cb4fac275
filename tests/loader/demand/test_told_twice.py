"""Demand that is told twice, or is not what it is taken for, is refused with what to write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from planner.core.errors import InstanceError
from planner.loader.demand.mapping import mapping_of
from planner.loader.demand.observe import DemandWanted, observe

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = 1_740_996_000  # 2025-03-03T10:00:00Z
REQUESTS = "vllm:request_success_total"


def answer(folder: Path, name: str, *labels: dict[str, str], begin: int = BEGIN, falls: bool = False) -> Path:
    """A range query of two hours: the first series counts a request a second, each one after it one more."""
    result = [
        {
            "metric": {"__name__": REQUESTS, **one},
            "values": [
                [begin + 60 * step, str(step % 4 if falls else 60 * (place + 1) * step)]
                for step in range(121)
            ],
        }
        for place, one in enumerate(labels)
    ]
    file = folder / name
    file.write_text(json.dumps({"data": {"resultType": "matrix", "result": result}}))
    return file


def table(folder: Path, name: str, columns: str, *rows: str) -> Path:
    """A CSV file with a row an hour."""
    lines = [f"2025-03-03T{hour:02}:00+00:00,{row}" for hour, row in enumerate(rows)]
    (folder / name).write_text("\n".join([f"time,{columns}", *lines]) + "\n")
    return folder / name


def refused(*files: Path, mapped: tuple[str, ...] = ()) -> str:
    with pytest.raises(InstanceError) as caught:
        observe(files, DemandWanted(mapping=mapping_of(mapped)))
    return str(caught.value)


def test_a_file_counts_once_by_whatever_name(tmp_path: Path) -> None:
    file = table(tmp_path, "a.csv", "requests", "5", "6", "9")
    (tmp_path / "link.csv").symlink_to(file)
    assert "name it once" in refused(file, tmp_path / "link.csv")


def test_columns_alike_to_the_last_digit_are_refused_and_others_added(tmp_path: Path) -> None:
    rows = ("5", "6", "9", "7", "8")
    files = [table(tmp_path, name, "requests", *rows) for name in ("a.csv", "b.csv")]
    assert "requests come twice" in refused(*files)
    other = table(tmp_path, "b.csv", "requests", "1", *rows[1:])
    observed = observe([files[0], other], DemandWanted())
    assert "requests: added over 2 series" in observed.notes
    assert observed.periods.means["requests"][0] == pytest.approx(6 / 3600)


def test_series_of_the_same_labels_or_of_a_pair_of_prometheus_are_refused(tmp_path: Path) -> None:
    same = answer(tmp_path, "same.json", {"pod": "a"}, {"pod": "a"})
    assert "data.result.1: vllm:request_success_total: has the labels of" in refused(same)
    pair = answer(tmp_path, "pair.json", *({"pod": "a", "prometheus_replica": one} for one in "01"))
    assert "differs by its Prometheus alone" in refused(pair)
    observed = observe([answer(tmp_path, "two.json", {"pod": "a"}, {"pod": "b"})], DemandWanted())
    assert "requests: added over 2 series" in observed.notes
    assert observed.periods.means["requests"].tolist() == pytest.approx([3, 3])


def test_one_series_in_ranges_one_after_the_other_is_one(tmp_path: Path) -> None:
    files = [answer(tmp_path, f"{day}.json", {"pod": "a"}, begin=BEGIN + 7200 * day) for day in range(2)]
    observed = observe(files, DemandWanted())
    assert observed.periods.means["requests"].tolist() == pytest.approx([1] * 4)
    assert observed.notes == ()


def test_rates_under_the_name_of_a_counter_are_refused(tmp_path: Path) -> None:
    assert "falls 30 times in 121 samples, as rates do" in refused(
        answer(tmp_path, "rate.json", {"pod": "a"}, falls=True)
    )
    file = table(tmp_path, "rate.csv", REQUESTS, *(str(hour % 2) for hour in range(24)))
    assert f"--map requests_per_s={REQUESTS}" in refused(file)


def test_a_mapped_counter_is_told_from_counts(tmp_path: Path) -> None:
    file = table(tmp_path, "own.csv", "seen", *(str(3600 * hour) for hour in range(24)))
    assert "--map requests_total=seen" in refused(file, mapped=("requests=seen",))
    observed = observe([file], DemandWanted(mapping=mapping_of(["requests_total=seen"])))
    assert observed.periods.means["requests"].tolist() == pytest.approx([1] * 23)


def test_more_cached_tokens_than_prompts_have_are_refused_by_line(tmp_path: Path) -> None:
    columns = "requests,input_tokens,cached_tokens,output_tokens"
    file = table(tmp_path, "a.csv", columns, "5,100,50,10", "5,100,200,10", "5,100,100,10")
    assert "a.csv:3: cached_tokens: 200 is more than the prompts have" in refused(file)


@pytest.mark.parametrize("from_first", [False, True])
def test_what_is_shorter_than_a_period_is_answered_by_what_helps(from_first: bool, tmp_path: Path) -> None:
    file = table(tmp_path, "a.csv", "requests", "5", "6", "9")
    with pytest.raises(InstanceError) as caught:
        observe([file], DemandWanted(period_minutes=1440, from_first=from_first))
    assert str(caught.value).endswith("no whole period of 1440 min: --period-minutes 60")
    observed = observe([file], DemandWanted(period_minutes=60, from_first=from_first))
    assert observed.periods.count == 3
