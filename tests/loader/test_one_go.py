"""Faults of different kinds come in one go: what one hides of another is only what it may have caused."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import planner
from planner.core.errors import InstanceError

if TYPE_CHECKING:
    from pathlib import Path

SOUND: dict[str, Any] = {
    "version": 1,
    "name": "odd",
    "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 24},
    "workloads": {
        "chat": {
            "model": "llama-3.1-70b",
            "demand": {"input_tokens_per_s": 5000.0, "output_tokens_per_s": 1000.0},
            "lengths": {"input_tokens": 1000, "output_tokens": 200},
            "sla": {"ttft_ms": {"p99": 2000}, "tpot_ms": 50},
            "queueing": {},
        }
    },
    "deployments": [{"role": "colocated", "ep": 8}],
    "fleet": {"h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0}}},
}
HIRED = {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0}
FAULTS: dict[str, tuple[str, Any]] = {
    "no model 'llama-9'": ("workloads.chat.model", "llama-9"),
    "needs lengths": ("workloads.chat.lengths", None),
    "has 2 values, the horizon has 24": ("workloads.chat.demand.input_tokens_per_s", [1.0, 2.0]),
    "tpt_ms: unknown key": ("workloads.chat.sla.tpt_ms", 3),
    "ranks: 'odd' does not fit": ("workloads.chat.queueing.ranks", "odd"),
    "tensor_parallel 3 divides none": ("deployments.0.tensor_parallel", 3),
    "no recipe 'fp3'": ("deployments.0.recipe", "fp3"),
    "ep: -3 does not fit": ("deployments.0.ep", -3),
    "no hardware 'h999'": ("fleet.h999", {"rent": HIRED}),
    "'cheap' does not fit": ("fleet.h100.rent.price_usd_per_gpu_hour", "cheap"),
    "kind must be one of": ("fleet.h100.x", {**HIRED, "kind": "hire"}),
    "no spend commitment 'p'": (
        "fleet.h100.drawn",
        {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 4.0},
    ),
    "hardware 'h777' is not in the fleet": ("lending", {"l": {"hardware": "h777"}}),
    "no site 'nowhere'": ("regions", {"eu": {"round_trip_ms": {"nowhere": 3.0}}}),
    "the probabilities sum to 0.6": ("scenarios", {"a": {"probability": 0.3}, "b": {"probability": 0.3}}),
    "start: is no date and time": ("horizon.start", 20250101),
    "baseline.nodes: has 2 values": ("baseline", {"nodes": [1, 2]}),
    "failures_per_node_year: -2": ("hardware", {"h100": {"failures_per_node_year": -2}}),
}
TOGETHER = [
    ("no model 'llama-9'", "tpt_ms: unknown key", "tensor_parallel 3 divides none", "no site 'nowhere'"),
    ("'cheap' does not fit", "hardware 'h777' is not in the fleet", "no recipe 'fp3'", "needs lengths"),
    ("kind must be one of", "no spend commitment 'p'", "no hardware 'h999'", "the probabilities sum to 0.6"),
    ("ep: -3 does not fit", "no model 'llama-9'", "no site 'nowhere'", "has 2 values, the horizon has 24"),
    ("ranks: 'odd' does not fit", "needs lengths", "kind must be one of", "no recipe 'fp3'"),
    ("start: is no date and time", "has 2 values, the horizon has 24", "baseline.nodes: has 2 values"),
    ("failures_per_node_year: -2", "no recipe 'fp3'", "'cheap' does not fit", "no site 'nowhere'"),
    ("tensor_parallel 3 divides none", "needs lengths", "no hardware 'h999'", "'cheap' does not fit"),
]


def wrong(*faults: str) -> dict[str, Any]:
    data = copy.deepcopy(SOUND)
    for fault in faults:
        path, value = FAULTS[fault]
        *above, last = path.split(".")
        here: Any = data
        for step in above:
            here = here[int(step)] if isinstance(here, list) else here[step]
        if value is None:
            del here[last]
        else:
            here[last] = copy.deepcopy(value)
    return data


def told(*faults: str) -> set[str]:
    """Places at fault."""
    with pytest.raises(InstanceError) as caught:
        planner.from_dict(wrong(*faults))
    assert [fault for fault in faults if fault not in str(caught.value)] == []
    return {fault.path for fault in caught.value.faults}


@pytest.mark.parametrize("faults", TOGETHER, ids=str)
def test_several_faults_are_told_together_and_no_other(faults: tuple[str, ...]) -> None:
    alone = set().union(*(told(fault) for fault in faults))
    assert told(*faults) <= alone


def test_the_instance_is_sound_without_them() -> None:
    assert planner.from_dict(wrong())


def test_a_wrong_structure_hides_no_fault_of_values_elsewhere(tmp_path: Path) -> None:
    """A key that nothing knows beside two prices, prices of nothing, a series of one row too short, a log likewise."""
    data = wrong()
    data["fleet"]["h100"]["rent"] |= {"price_usd_per_node_hour": 1.0, "colour": "red"}
    data["fleet"]["h100"]["given"] = {"kind": "on_demand", "price_usd_per_gpu_hour": 0.0}
    data["fleet"]["h100"]["listed"] = {"kind": "on_demand", "book": {"name": "no_such", "provider": "AWS"}}
    data["workloads"]["chat"]["sla"] = [2000]
    data["workloads"]["chat"]["demand"] = {
        "csv": "d.csv",
        "input_tokens_per_s": "i",
        "output_tokens_per_s": "o",
    }
    data["workloads"]["chat"]["lengths"] = {"csv": "l.csv"}
    rows = [f"{hour},{hour}" for hour in range(24)]
    rows[3], rows[7] = "3,3,3", "7,many"
    (tmp_path / "d.csv").write_text("\n".join(["i,o", *rows]))
    (tmp_path / "l.csv").write_text("input_tokens,output_tokens\n100,10\n100\n-5,10\n")
    with pytest.raises(InstanceError) as caught:
        planner.loads(yaml.safe_dump(data), tmp_path)
    text = str(caught.value)
    assert "fleet.h100.rent.colour: unknown key" in text
    assert "give price_usd_per_gpu_hour or price_usd_per_node_hour" in text
    assert "d.csv:5" in text
    assert "3 fields, the header has 2" in text
    assert "d.csv:9" in text
    assert "'many'" in text
    assert "l.csv:3" in text
    assert "'-5'" in text
    assert "given.price_usd_per_gpu_hour: is 0" in text
    assert "no price book 'no_such'" in text
    assert "sla: a list of 1" in text
    assert len(caught.value.faults) == 9  # the one of book is not told once more as a lack of a price


def test_what_a_fault_may_have_caused_is_not_told() -> None:
    """A section that is missing by its misspelt name, and a record of which nobody knows what it was to be."""
    data = wrong()
    data["workloads"]["chat"]["lenghts"] = data["workloads"]["chat"].pop("lengths")
    data["deployments"][0]["role"] = "both"
    with pytest.raises(InstanceError) as caught:
        planner.from_dict(data)
    assert {fault.path for fault in caught.value.faults} == {"workloads.chat.lenghts", "deployments.0.role"}
