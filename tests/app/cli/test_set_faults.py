"""A value that an option gave is at fault by that option, at no line of a file that does not hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import planner
from planner.core.errors import InstanceError
from tests.app.cli.commands import run_here

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
version: 1
name: tiny
horizon: {start: "2025-01-01T00:00+00:00", periods: 2}
workloads: {chat: {demand: {requests_per_s: [1.0, 2.0]}}}
deployments: [{role: request, gpus: 8, rate_requests_per_s: {chat: 3.0}}]
hardware: {node: {gpus_per_node: 8}}
fleet:
  node: {rent: {kind: on_demand, price_usd_per_node_hour: 2.0}}
"""
BY_OPTION = {
    "fleet.node.rent.max_nodes=-3": "--set fleet.node.rent.max_nodes: -3 does not fit",
    "workloads.chat.x=3": "--set workloads.chat.x: unknown key",
    "wrokloads.chat.demand.scale=2": "--set wrokloads: unknown key",
    "deployments.3.gpus=2": "--set deployments.3.gpus: there is nothing at '3' of deployments to set",
    "fleet.nod.rent.kind=on_demand": "--set fleet.nod.rent: give price_usd_per_gpu_hour or",
}
BESIDE_THE_FILE = {
    "fleet.node.rent.price_usd_per_gpu_hour=3": (
        "s.yaml:8:16: fleet.node.rent: give price_usd_per_gpu_hour or price_usd_per_node_hour, and only one of them"
        " (--set fleet.node.rent.price_usd_per_gpu_hour is part of it)"
    ),
    "horizon.periods=3": "s.yaml:4:45: workloads.chat.demand.requests_per_s: has 2 values, the horizon has 3",
}


@pytest.mark.parametrize(("given", "told"), [*BY_OPTION.items(), *BESIDE_THE_FILE.items()])
def test_the_option_is_named(given: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(TEXT)
    done = run_here("validate", "s.yaml", "--set", given)
    assert done.returncode == 3
    assert [line for line in done.stderr.splitlines() if line.startswith(told)], done.stderr
    assert ("s.yaml" in done.stderr) == (given in BESIDE_THE_FILE)


def test_faults_of_the_file_keep_their_lines_beside_it(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(TEXT.replace("gpus_per_node: 8", "gpus_per_node: 0"))
    done = run_here("validate", str(tmp_path / "s.yaml"), "--set", "name=5")
    first, second = done.stderr.splitlines()
    assert first.startswith("--set name: 5 does not fit")
    assert "s.yaml:6:34: hardware.node.gpus_per_node: 0 does not fit" in second


def test_of_a_sweep_it_is_the_option_or_the_file_of_the_sweep(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(TEXT)
    sweep = tmp_path / "w.yaml"
    sweep.write_text(
        "version: 1\ninstance: s.yaml\ninputs: {workloads.chat.demand.scale: [1.0]}\n"
        "overrides: {fleet.node.rent.max_nodes: -3}\n"
    )
    done = run_here("sweep", str(sweep), "--set", "name=5")
    assert done.returncode == 3
    first, second = sorted(done.stderr.splitlines())
    assert first.startswith("--set name: 5 does not fit")
    assert second.startswith(f"{sweep}: fleet.node.rent.max_nodes: -3 does not fit")


def test_overrides_of_the_library_are_told_as_such() -> None:
    with pytest.raises(InstanceError) as caught:
        planner.loads(TEXT, overrides={"fleet.node.rent.max_nodes": -3})
    (fault,) = caught.value.faults
    assert (fault.file, fault.line, fault.path) == ("overrides", None, "fleet.node.rent.max_nodes")
