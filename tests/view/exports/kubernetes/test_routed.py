"""What llm-d and Dynamo run: their fields, the plan's hours read back, and the arguments of the engines."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from planner.core.errors import InstanceError
from planner.plan.period_names import period_name
from planner.view.exports.dynamo import dynamo_files
from planner.view.exports.kubernetes.dns_names import dns_labels
from planner.view.exports.llm_d import llm_d_files
from tests.view.exports.kubernetes.reading import Manifest, faults, replicas_at, unfit_values
from tests.view.exports.kubernetes.test_kubernetes import folders, solved, wide

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan.plan import Plan


def documents(files: dict[str, bytes]) -> list[Any]:
    """Every document of the files that are no page."""
    written = [content for name, content in sorted(files.items()) if name.endswith(".yaml")]
    return [one for content in written for one in yaml.safe_load_all(content)]


def llm_d(files: dict[str, bytes]) -> tuple[list[dict[str, Any]], list[Manifest]]:
    """Values of the releases, and what scales them."""
    found = documents(files)
    return [one for one in found if "kind" not in one], [one for one in found if "kind" in one]


@pytest.mark.parametrize("name", ["day", "stages"])
def test_values_fit_the_chart_and_give_the_plan_back(name: str) -> None:
    instance, plan = solved(name)
    for folder, files in folders(llm_d_files(plan, instance)).items():
        values, scalers = llm_d(files)
        assert [fault for one in values for fault in unfit_values(one)] == []
        assert [fault for one in scalers for fault in faults(one)] == []
        workers = {
            worker["annotations"]["planner/unit-name"]: worker
            for one in values
            for worker in (one["prefill"], one["decode"])
            if worker["create"]
        }
        assert_hours(plan, folder, scalers, {unit: worker["replicas"] for unit, worker in workers.items()})
        targets = {one["spec"]["scaleTargetRef"]["name"] for one in scalers}
        assert targets <= {
            f"{one['fullnameOverride']}-{role}" for one in values for role in ("prefill", "decode")
        }


@pytest.mark.parametrize("name", ["day", "stages"])
def test_graphs_fit_their_reference_and_give_the_plan_back(name: str) -> None:
    instance, plan = solved(name)
    for folder, files in folders(dynamo_files(plan, instance)).items():
        objects = documents(files)
        assert [fault for one in objects for fault in faults(one)] == []
        graphs = [one for one in objects if one["kind"] == "DynamoGraphDeployment"]
        services = {
            f"{graph['metadata']['name']}-{key}": service
            for graph in graphs
            for key, service in graph["spec"]["services"].items()
            if service["componentType"] == "worker"
        }
        fixed = {one["annotations"]["planner/unit-name"]: one["replicas"] for one in services.values()}
        assert_hours(plan, folder, objects, fixed)
        scaled = {one["spec"]["scaleTargetRef"]["name"] for one in objects if one["kind"] == "ScaledObject"}
        assert scaled == {name for name, one in services.items() if "scalingAdapter" in one}


def assert_hours(plan: Plan, folder: str, objects: list[Manifest], fixed: dict[str, int]) -> None:
    """Every period of a block's plan, read back."""
    labels = dns_labels(unit.unit for unit in plan.units)
    read = 0
    for period, label in enumerate(plan.periods):
        block, start = period_name(label)
        if folder and block != folder:
            continue
        for unit in plan.units:
            number = replicas_at(objects, labels[unit.unit], start, fixed.get(unit.unit, 0))
            assert number == unit.on[period], (unit.unit, label)
            read += 1
    assert read


def test_they_are_functions_of_the_plan_that_name_its_rows() -> None:
    instance, plan = solved("day")
    assert llm_d_files(plan, instance) == llm_d_files(plan, instance)
    (release,), _ = llm_d(llm_d_files(plan, instance))
    for role in ("prefill", "decode"):
        told = release[role]["annotations"]
        row = int(told["planner/row"].removeprefix("units[").removesuffix("]"))
        assert (plan.units[row].unit, plan.units[row].role) == (told["planner/unit-name"], role)
    assert release["routing"]["proxy"] == {"enabled": True, "targetPort": 8200, "connector": "nixlv2"}


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_pods_of_one_unit_ask_for_their_number(engine: str, tmp_path: Path) -> None:
    """The shell chooses between the commands of the first pod and of the others as Kubernetes leaves them to it."""
    plan, instance = wide(engine)
    (values,), _ = llm_d(llm_d_files(plan, instance))
    assert values["multinode"] is True
    assert values["decode"]["parallelism"] == {"tensor": 1, "data": 16, "dataLocal": 8, "workers": 2}
    command = values["decode"]["containers"][0]["command"]
    first, other = (started_with(command, number, tmp_path) for number in (0, 1))
    assert first[first.index("--port") + 1] == "8200"
    if engine == "vllm":
        assert "--headless" not in first
        assert other[-3:] == ["--headless", "--data-parallel-start-rank", "8"]
    else:
        assert (first[first.index("--node-rank") + 1], other[other.index("--node-rank") + 1]) == ("0", "1")
        assert "$(" not in " ".join(other)


def started_with(command: list[str], number: int, folder: Path) -> list[str]:
    """Arguments that a pod of this number starts its engine with, by a program that prints what it is given."""
    for program in ("vllm", "python3"):
        (folder / program).write_text('#!/bin/sh\nfor one; do echo "$one"; done\n')
        (folder / program).chmod(0o755)
    given = {"LWS_LEADER_ADDRESS": "first", "LWS_WORKER_INDEX": str(number)}
    words = [word.replace("$$", "\0") for word in command]  # Kubernetes: $$ is a dollar, $(NAME) a value
    for name, value in given.items():
        words = [word.replace(f"$({name})", value) for word in words]
    environment = {**given, "PATH": f"{folder}:/usr/bin:/bin"}
    words = [word.replace("\0", "$") for word in words]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_what_llm_d_does_not_run_is_told() -> None:
    plan, instance = wide("tensorrt-llm")
    with pytest.raises(InstanceError, match="unit 'd': llm-d runs vllm and sglang"):
        llm_d_files(plan, instance)


ARGUMENTS = {
    "vllm": "dynamo.vllm --model deepseek-ai/DeepSeek-R1 --served-model-name deepseek-r1 --tensor-parallel-size 1 "
    "--data-parallel-size 16 --enable-expert-parallel",
    "sglang": "dynamo.sglang --model-path deepseek-ai/DeepSeek-R1 --served-model-name deepseek-r1 --tp-size 16 "
    "--dp-size 16 --enable-dp-attention --ep-size 16",
    "tensorrt-llm": "dynamo.trtllm --model-path deepseek-ai/DeepSeek-R1 --served-model-name deepseek-r1 "
    "--extra-engine-args /etc/planner/options.yaml --disaggregation-mode decode",
}


@pytest.mark.parametrize("engine", list(ARGUMENTS))
def test_workers_of_a_graph_have_the_arguments_of_their_engine(engine: str) -> None:
    """Also units of several nodes by TensorRT-LLM, which the operator starts by MPI."""
    plan, instance = wide(engine)
    graph, *others = documents(dynamo_files(plan, instance))
    assert faults(graph) == []
    service = graph["spec"]["services"]["decode-0"]
    container = service["extraPodSpec"]["mainContainer"]
    assert " ".join([*container["command"][2:], *container["args"]]).startswith(ARGUMENTS[engine])
    assert service["multinode"] == {"nodeCount": 2}
    assert service["resources"]["limits"] == {"gpu": "8"}
    assert service["subComponentType"] == "decode"
    assert not {"--nnodes", "--headless"} & set(container["args"])
    if engine == "tensorrt-llm":
        (options,) = (one for one in others if one["kind"] == "ConfigMap")
        told = yaml.safe_load(options["data"]["options.yaml"])
        assert (told["tensor_parallel_size"], told["enable_attention_dp"]) == (16, True)
