"""Loading: every fault at once with its place, overrides, series from CSV files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from planner.core.errors import InstanceError
from planner.loader import assignment, assignments, instance_schema, load, loads
from tests.examples import plain

INSTANCES = sorted(path for path in Path("instances").rglob("*.yaml") if path.parent.name != "sweeps")


def write(folder: Path, changes: dict[str, object]) -> Path:
    path = folder / "instance.yaml"
    path.write_text(yaml.safe_dump(plain(changes)), encoding="utf-8")
    return path


def faults_of(path: Path) -> list[str]:
    with pytest.raises(InstanceError) as caught:
        load(path)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("path", INSTANCES, ids=str)
def test_every_shipped_instance_loads_and_names_its_schema(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=")
    assert load(path).name == path.stem


def test_all_faults_come_at_once_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        "version: 1\nname: bad\nhorizon: {start: 2025-01-01T00:00+00:00, periods: 2}\n"
        "workloads:\n  chat:\n    modle: x\n    demand: {requests_per_s: [1, .nan]}\n"
        "deployments:\n  - {role: request, nodes: 1, rate_requests_per_s: {chat: -1}}\n"
        "fleet:\n  h800:\n    rent: {kind: on_demand, price_usd_per_gpu_hour: -2}\n",
        encoding="utf-8",
    )
    faults = faults_of(path)
    assert any(
        f"{path}:6:5: workloads.chat.modle: unknown key; did you mean 'model'?" == fault for fault in faults
    )
    assert any(":7:34: workloads.chat.demand.requests_per_s.1" in fault for fault in faults)
    assert any(":9:59: deployments.0.rate_requests_per_s.chat" in fault for fault in faults)
    assert any(":12:53: fleet.h800.rent.price_usd_per_gpu_hour" in fault for fault in faults)
    assert len(faults) == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"workloads.chat.demand.input_tokens_per_s": [1, 2]}, "has 2 values, the horizon has 3 periods"),
        ({"workloads.chat.demand.cached_tokens_per_s": 1000}, "exceeds input_tokens_per_s in period 1"),
        (
            {"fleet.h801": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}}},
            "did you mean 'h800'?",
        ),
        ({"deployments.0.hardware": "h900"}, "hardware 'h900' is not in the fleet"),
        ({"deployments.0.rate_tokens_per_s": {"chatt": 1}}, "no workload 'chatt'; did you mean 'chat'?"),
        ({"deployments.0": {"role": "prefill", "ep": 8}}, "no model 'unnamed' in the catalog"),
        ({"deployments.1.role": "prefill"}, "no deployment does its decode work"),
        ({"deployments.0.nodes": None}, "needs its size once"),
        ({"hardware": {"h800": {"like": "h80"}}}, "no hardware 'h80' in the catalog"),
        ({"hardware": {"h100": {"power_kw_per_node": 1.0}}}, "is not in the fleet"),
        (
            {"fleet.h800.rent.max_nodes": 2, "fleet.h800.rent.min_nodes": 3},
            "max_nodes 2 is below min_nodes 3",
        ),
        ({"fleet.h800.rent.price_usd_per_gpu_hour": 1.0}, "and only one of them"),
        ({"horizon.start": "2025-01-01T00:00"}, "timezone"),
        ({"version": 2}, "version: 2 does not fit: write 1"),
        ({"workloads.chat.demand": {"csv": "nix.csv", "requests_per_s": "x"}}, "cannot read the file"),
        ({"workloads.chat.demand": {"csv": "../x.csv", "requests_per_s": "x"}}, "lies outside the folder"),
    ],
)
def test_faults_across_sections(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    assert any(message in fault for fault in faults_of(write(tmp_path, changes)))


def test_csv_series_and_their_faults(tmp_path: Path) -> None:
    (tmp_path / "series.csv").write_text("# source\nhour,input,output,odd\n0,10,1,\n1,20,2,x\n2,30,3,inf\n")
    demand = {"csv": "series.csv", "input_tokens_per_s": "input", "output_tokens_per_s": "output"}
    instance = load(write(tmp_path, {"workloads.chat.demand": demand}))
    assert instance.workloads["chat"].demand.input_tokens_per_s == (10, 20, 30)
    faults = faults_of(write(tmp_path, {"workloads.chat.demand": {**demand, "output_tokens_per_s": "odd"}}))
    assert [fault.split("series.csv:")[1] for fault in faults] == [
        "3:4: workloads.chat.demand.output_tokens_per_s: column 'odd' is empty",
        "4:4: workloads.chat.demand.output_tokens_per_s: column 'odd' holds 'x', which is not a number",
        "5:4: workloads.chat.demand.output_tokens_per_s: column 'odd' holds 'inf', which is not a number",
    ]
    missing = faults_of(
        write(tmp_path, {"workloads.chat.demand": {**demand, "output_tokens_per_s": "outputs"}})
    )
    assert "did you mean 'output'?" in missing[0]


def test_overrides_replace_and_add() -> None:
    text = yaml.safe_dump(plain())
    instance = loads(text, overrides={"workloads.chat.demand.scale": 2.0, "deployments.0.nodes": 4})
    assert instance.workloads["chat"].demand.scale == 2.0
    assert instance.deployments[0].nodes == 4
    with pytest.raises(InstanceError, match="unknown key"):
        loads(text, overrides={"workloads.chat.demand.skale": 2.0})
    with pytest.raises(InstanceError, match="there is nothing at 'first'"):
        loads(text, overrides={"name.first.x": 1})


def test_assignment_reads_values_as_yaml_does() -> None:
    assert assignment("a.b=1e3") == ("a.b", 1000.0)
    assert assignment("a=x=y") == ("a", "x=y")
    with pytest.raises(InstanceError, match="expected key=value"):
        assignment("a")
    for value in ("[25,9]", "{b: 1}"):
        with pytest.raises(InstanceError, match=r"cannot be set, only a single value: .* a\.0=VALUE"):
            assignment(f"a={value}")


def test_an_option_says_a_key_once() -> None:
    assert assignments(["a=1", "b=x", "a=1.0"]) == {"a": 1, "b": "x"}
    with pytest.raises(InstanceError, match="--fleet a: is given twice, as 1 and as 2"):
        assignments(["a=1", "a=2"], "--fleet")


def test_schema_describes_every_key() -> None:
    schema = instance_schema()
    assert schema["additionalProperties"] is False
    undescribed = [
        f"{name}.{key}"
        for name, definition in schema["$defs"].items()
        for key, value in definition.get("properties", {}).items()
        if "description" not in value and "$ref" not in value and "const" not in value
    ]
    assert len(undescribed) <= 25, undescribed
