"""Manifests against the schemas of those who run them, and read back hour by hour against the plan."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import yaml

import planner
from planner.core.errors import InstanceError
from planner.plan.contents import UnitSchedule
from planner.plan.period_names import period_name
from planner.view.exports import export
from planner.view.exports.kubernetes import manifests
from planner.view.exports.kubernetes.cron_windows import cron_schedule
from planner.view.exports.kubernetes.dns_names import dns_label, dns_labels
from planner.view.exports.kubernetes.queues import spans
from tests.examples import INSTANCES, plain, small
from tests.view.exports.kubernetes.reading import Manifest, faults, read, replicas_at

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan.plan import Plan

OPTIONS = planner.SolveOptions(relative_gap=0.05)
NVIDIA = {"hardware.h800.like": "h100"}
DENSE: dict[str, Any] = {
    "version": 1,
    "name": "dense",
    "horizon": {"start": "2026-01-05T00:00+05:30", "periods": 24},
    "workloads": {
        "chat": {
            "model": "llama-3.1-70b",
            "demand": {
                "input_tokens_per_s": [9000.0 + 500 * hour for hour in range(24)],
                "output_tokens_per_s": 900.0,
            },
            "lengths": {"input_tokens": 1000, "output_tokens": 200},
            "sla": {"tpot_ms": 60},
        }
    },
    "deployments": [{"role": "colocated", "ep": [2, 4], "engine": "vllm"}],
    "fleet": {
        "h100": {
            "rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 50, "sold_by": "gpu"}
        }
    },
}


@cache
def solved(name: str) -> tuple[planner.Instance, Plan]:
    changes = {**NVIDIA, "horizon.periods": 168, "workloads.chat.demand": week_of_demand()}
    known = {
        "day": lambda: planner.load(INSTANCES / "deepseek_day.yaml"),
        "hours": lambda: small(NVIDIA),
        "week": lambda: small(changes),
        "berlin": lambda: small(
            {**changes, "horizon.start": "2026-03-27T00:00+01:00", "horizon.timezone": "Europe/Berlin"}
        ),
        "stages": lambda: small(
            {**NVIDIA, "stages": {"now": {"years": 1}, "later": {"years": 1, "demand_scale": 2.0}}}
        ),
    }
    instance = known[name]()
    return instance, planner.solve(instance, OPTIONS)


def week_of_demand() -> dict[str, list[float]]:
    day = [
        300,
        200,
        200,
        300,
        800,
        1500,
        2500,
        2600,
        2600,
        2600,
        2600,
        2000,
        2000,
        2000,
        2000,
        2000,
        2000,
        2600,
    ]
    hours = ([*day, *[900] * 6] * 5) + [700] * 48
    return {"input_tokens_per_s": hours, "output_tokens_per_s": [hour / 5 for hour in hours]}


def folders(files: dict[str, bytes]) -> dict[str, dict[str, bytes]]:
    """Files by block: those of a plan with stages lie in folders."""
    by_folder: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        folder, _, name = path.rpartition("/")
        by_folder.setdefault(folder, {})[name] = content
    return by_folder


@pytest.mark.parametrize("name", ["day", "hours", "week", "berlin", "stages"])
def test_every_object_fits_its_schema_and_gives_the_plan_back(name: str) -> None:
    instance, plan = solved(name)
    by_folder = folders(manifests(plan, instance))
    labels = dns_labels(unit.unit for unit in plan.units)
    for folder, files in by_folder.items():
        objects = read(files)
        assert [fault for one in objects for fault in faults(one)] == []
        for period, label in enumerate(plan.periods):
            block, start = period_name(label)
            if len(by_folder) > 1 and dns_label(block) != folder:
                continue
            for unit in plan.units:
                assert replicas_at(objects, labels[unit.unit], start) == unit.on[period], (unit.unit, label)


def test_a_manifest_is_a_function_of_the_plan() -> None:
    instance, plan = solved("day")
    assert manifests(plan, instance) == manifests(planner.Plan.from_dict(plan.to_dict()), instance)


@pytest.mark.parametrize("seed", range(40))
def test_random_calendars_read_back(seed: int) -> None:
    """Days, weeks and dates, in zones with summer time, half hours of offset and periods of other lengths."""
    dice = random.Random(seed)
    zone = dice.choice([None, "Europe/Berlin", "Asia/Kolkata", "America/New_York", "UTC"])
    offset = dice.choice(["+08:00", "-03:30", "+00:00", "+05:30"])
    hours = dice.choice([0.5, 1.0, 2.0])
    count = round(dice.choice([24, 168, 50, 24 * 12]) / hours)
    start = (
        datetime(2026, dice.choice([1, 3, 10]), 24, tzinfo=ZoneInfo(zone))
        if zone
        else datetime.fromisoformat(f"2026-03-24T00:00{offset}")
    )
    moments = [start.astimezone(ZoneInfo("UTC")) + timedelta(hours=hours * period) for period in range(count)]
    labels = [one.astimezone(start.tzinfo).isoformat(timespec="minutes") for one in moments]
    on = [dice.choice([0, 3, 3, 3, 7, 8]) for _ in range(count)]
    lead = timedelta(minutes=dice.choice([0, 15]))
    calendar = cron_schedule(on, labels, hours, zone, lead)
    triggers = [
        {
            "metadata": {
                "timezone": calendar.zone,
                "start": one.start,
                "end": one.end,
                "desiredReplicas": str(one.replicas),
            }
        }
        for one in calendar.windows
    ]
    spec = {"minReplicaCount": calendar.base, "maxReplicaCount": max(on), "triggers": triggers}
    objects: list[Manifest] = [{"kind": "ScaledObject", "metadata": {"name": "x"}, "spec": spec}]
    if not triggers:
        assert set(on) == {calendar.base}
        return
    summer = {one.utcoffset() for one in map(datetime.fromisoformat, labels)}
    for place in dice.sample(range(count), min(count, 25)):
        label, wanted = labels[place], on[place]
        moment = datetime.fromisoformat(label)
        if len(summer) > 1 and lead and moment.month in (3, 10, 11):
            continue  # the clock jumps: leads across it are an hour off
        assert replicas_at(objects, "x", moment) >= wanted
        assert lead or replicas_at(objects, "x", moment) == wanted or len(summer) > 1


def test_hours_that_repeat_are_one_window() -> None:
    starts = [f"2026-01-{5 + day:02}T{hour:02}:00+08:00" for day in range(7) for hour in range(24)]
    on = [9 if 9 <= hour < 17 and day < 5 else 4 for day in range(7) for hour in range(24)]
    calendar = cron_schedule(on, starts, 1.0, None, timedelta(minutes=15))
    assert (calendar.zone, calendar.repeats, calendar.base) == ("Etc/GMT-8", "week", 4)
    (window,) = calendar.windows
    assert (window.start, window.end, window.replicas) == ("45 8 * * 1,2,3,4,5", "0 17 * * 1,2,3,4,5", 9)
    assert window.periods == ((9, 16), (33, 40), (57, 64), (81, 88), (105, 112))


def test_a_unit_that_never_changes_has_a_number_and_no_schedule() -> None:
    instance, plan = solved("hours")
    still = replace(plan, units=tuple(replace(unit, on=(3, 3, 3)) for unit in plan.units))
    objects = read(manifests(still, instance))
    assert {one["kind"] for one in objects} & {"ScaledObject"} == set()
    assert [
        one["spec"]["replicas"] for one in objects if one["kind"] in ("Deployment", "LeaderWorkerSet")
    ] == [3, 3]


def test_every_object_names_its_row() -> None:
    instance, plan = solved("day")
    for one in read(manifests(plan, instance)):
        row = one["metadata"]["annotations"]["planner/row"]
        if row.startswith("units["):
            unit = plan.units[int(row[6:-1])]
            assert one["metadata"]["annotations"]["planner/unit-name"] == unit.unit
        else:
            assert row.startswith("holdings")


def test_quotas_are_what_is_held_at_the_peak() -> None:
    instance, plan = solved("hours")
    (queue,) = (one for one in read(manifests(plan, instance)) if one["kind"] == "ClusterQueue")
    (group,) = queue["spec"]["resourceGroups"]
    quotas = {flavor["name"]: flavor["resources"][0]["nominalQuota"] for flavor in group["flavors"]}
    peaks = {f"{row.hardware}-{row.channel}": 8 * row.nodes_peak for row in plan.frame("fleet").itertuples()}
    assert quotas == peaks


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_engines_are_told_the_parallelism_that_was_rated(engine: str) -> None:
    question = {**DENSE, "deployments": [{"role": "colocated", "ep": 4, "engine": engine}]}
    instance = planner.from_dict(question)
    plan = planner.solve(instance, OPTIONS)
    objects = read(manifests(plan, instance))
    (own,) = (one for one in objects if one["kind"] == "Deployment")
    command = own["spec"]["template"]["spec"]["containers"][0]["command"]
    option = "--tensor-parallel-size" if engine == "vllm" else "--tp-size"
    assert command[command.index(option) + 1] == "4"
    assert "nvidia/Llama-3.1-70B-Instruct-FP8" in command
    assert "planner/assumed" not in own["metadata"]["annotations"]
    assert all(
        trigger["metadata"]["start"].startswith("15 ")  # half an hour of offset, 15 minutes ahead
        for one in objects
        if one["kind"] == "ScaledObject"
        for trigger in one["spec"]["triggers"]
    )


WIDE = [
    ("vllm", "--data-parallel-size 16 --enable-expert-parallel"),
    ("sglang", "--tp-size 16 --dp-size 16 --enable-dp-attention --ep-size 16"),
]


@pytest.mark.parametrize(("engine", "words"), WIDE)
def test_wide_units_are_groups_of_pods(engine: str, words: str) -> None:
    objects = read(manifests(*wide(engine)))
    (own,) = (one for one in objects if one["kind"] == "LeaderWorkerSet")
    template = own["spec"]["leaderWorkerTemplate"]
    assert template["size"] == 2
    leader = " ".join(template["leaderTemplate"]["spec"]["containers"][0]["command"])
    worker = " ".join(template["workerTemplate"]["spec"]["containers"][0]["command"])
    assert words in leader
    assert words in worker
    assert ("--headless" in worker) == (engine == "vllm")


def test_what_an_engine_cannot_run_is_told(tmp_path: Path) -> None:
    plan, instance = wide("tensorrt-llm")
    with pytest.raises(InstanceError, match=r"unit 'd': TensorRT-LLM starts units of several nodes by MPI"):
        export(plan, "kubernetes", tmp_path / "k8s", instance)
    assert not (tmp_path / "k8s").exists()


def test_a_unit_that_only_reads_has_passes_and_no_batch() -> None:
    (own,) = (one for one in read(manifests(*wide("vllm", "prefill"))) if one["kind"] == "LeaderWorkerSet")
    pod = own["spec"]["leaderWorkerTemplate"]["leaderTemplate"]
    command = pod["spec"]["containers"][0]["command"]
    assert "--max-num-batched-tokens" in command
    assert "--max-num-seqs" not in command
    assert pod["metadata"]["labels"]["llm-d.ai/role"] == "prefill"


@cache
def wide(engine: str, role: str = "decode") -> tuple[Plan, planner.Instance]:
    """A plan of one unit of 16 GPUs, of a mixture of experts, that does one phase."""
    question = {
        **DENSE,
        "horizon": {"start": "2026-01-05T00:00+00:00", "periods": 1},
        "workloads": {
            "chat": {
                "model": "deepseek-r1",
                "demand": {"input_tokens_per_s" if role == "prefill" else "output_tokens_per_s": 900.0},
                "lengths": {"input_tokens": 1000, "output_tokens": 200},
                "sla": {"tpot_ms": 100},
            }
        },
        "deployments": [{"name": "d", "role": role, "ep": 16, "engine": engine}],
    }
    question["fleet"] = {
        "h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 50}}
    }
    instance = planner.from_dict(question)
    return planner.solve(instance, OPTIONS), instance


def test_units_alone_on_a_node_stand_apart_and_small_ones_share() -> None:
    instance, plan = solved("hours")
    (alone,) = (one for one in read(manifests(plan, instance)) if one["kind"] == "Deployment")
    assert "podAntiAffinity" in alone["spec"]["template"]["spec"]["affinity"]
    dense = planner.from_dict(DENSE)
    shared = [
        one for one in read(manifests(planner.solve(dense, OPTIONS), dense)) if one["kind"] == "Deployment"
    ]
    assert all("affinity" not in one["spec"]["template"]["spec"] for one in shared)


def test_hardware_of_nobody_waits_for_what_to_ask_for() -> None:
    data = plain()
    box = planner.from_dict(
        {**data, "fleet": {"box": data["fleet"]["h800"]}, "hardware": {"box": {"gpus_per_node": 8}}}
    )
    objects = read(manifests(planner.solve(box), box))
    assert [fault for one in objects for fault in faults(one)] == []
    (own,) = (one for one in objects if one["kind"] == "Deployment")
    pod = own["spec"]["template"]["spec"]["containers"][0]
    assert pod["resources"]["limits"] == {"example.com/accelerator": "8"}
    assert "hardware.box.like" in own["metadata"]["annotations"]["planner/assumed"]


def test_units_look_for_nodes_by_the_labels_of_the_pools() -> None:
    """Also of hardware whose names differ in a point and a hyphen alone."""
    data = plain()
    channels = {name: {**channel, "max_nodes": 5} for name, channel in data["fleet"]["h800"].items()}
    boxes = {"box.a": channels, "box-a": channels}
    decode = {"role": "decode", "nodes": 2, "rate_tokens_per_s": {"chat": 200}}
    deployments = [*data["deployments"][:1], decode]
    hardware = {name: {"gpus_per_node": 8, "like": "h100"} for name in boxes}
    instance = planner.from_dict(
        {
            **data,
            "deployments": [{**one, "name": None} for one in deployments],
            "fleet": boxes,
            "hardware": hardware,
        }
    )
    objects = read(manifests(planner.solve(instance, OPTIONS), instance))
    pools = {
        one["spec"]["nodeLabels"]["planner/hardware"] for one in objects if one["kind"] == "ResourceFlavor"
    }
    pods = [one["spec"]["template"] for one in objects if one["kind"] == "Deployment"]
    pods += [
        one["spec"]["leaderWorkerTemplate"]["workerTemplate"]
        for one in objects
        if one["kind"] == "LeaderWorkerSet"
    ]
    looked_for = {pod["spec"]["nodeSelector"]["planner/hardware"] for pod in pods}
    assert looked_for == pools == {"box-a", "box-a-2"}


def test_names_of_any_script_become_labels_of_their_own() -> None:
    names = [
        "h800.decode",
        "h800-decode",
        "H800.decode",
        "昇腾910",
        "昇腾 910",
        "x" * 64,
        "x" * 63,
        "كبير",
        "a_b",
        "a-b",
    ]
    labels = dns_labels(names)
    assert len(set(labels.values())) == len(names)
    assert labels["h800.decode"] == "h800-decode"
    assert all(
        0 < len(label) <= 49 and label == label.strip("-").lower() and label.isascii()
        for label in labels.values()
    )


def test_rows_are_written_as_runs() -> None:
    assert spans([0, 1, 2, 5, 7, 8]) == "0-2,5,7-8"


def test_the_page_says_what_must_be_true_before() -> None:
    instance, plan = solved("day")
    page = manifests(plan, instance)["README.md"].decode()
    assert "| h800.decode.ep144 | LeaderWorkerSet h800-decode-ep144 | 18 x 8 | 2 to 9 |" in page
    assert "15 minutes before their hour" in page
    assert "tolerance" in page


def test_tables_catch_what_is_no_field() -> None:
    instance, plan = solved("day")
    for one in read(manifests(plan, instance)):
        broken = yaml.safe_load(yaml.safe_dump(one))
        broken["spec"]["replicaz"] = 3
        assert faults(broken)


def test_a_plan_of_units_that_the_rates_do_not_know_is_written_with_what_is_assumed() -> None:
    instance, plan = solved("hours")
    strange = replace(plan.units[0], unit="gone")
    assert isinstance(strange, UnitSchedule)
    served = tuple(
        replace(one, unit="gone") if one.unit == plan.units[0].unit else one for one in plan.served
    )
    objects = read(manifests(replace(plan, units=(strange, *plan.units[1:]), served=served), instance))
    assert any(one["metadata"]["annotations"].get("planner/unit-name") == "gone" for one in objects)
