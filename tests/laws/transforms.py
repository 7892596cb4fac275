"""Changes of a question that change its cost by a known factor, or not at all."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
Transform = Callable[[Data], Data]


def prices_times(factor: float) -> Transform:
    """Every price of the question times a factor."""

    def scaled(here: Any) -> Any:
        if isinstance(here, dict):
            return {
                key: _times(value, factor) if "usd" in key else scaled(value) for key, value in here.items()
            }
        return [scaled(value) for value in here] if isinstance(here, list) else here

    return scaled


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {key: _times(one, factor) for key, one in value.items()}
    return value * factor if isinstance(value, int | float) else value


def halved_periods(data: Data) -> Data:
    """Every period cut in two alike."""
    data = copy.deepcopy(data)
    horizon = data["horizon"]
    horizon["periods"] *= 2
    horizon["period_hours"] = horizon.get("period_hours", 1.0) / 2.0
    for workload in data["workloads"].values():
        for key, value in workload["demand"].items():
            if isinstance(value, list):
                workload["demand"][key] = [one for one in value for _ in range(2)]
    return data


def renamed(data: Data) -> Data:
    """Other names for everything that has one, and everything in the opposite order."""
    names = {"chat": "zeta", "code": "alpha", "rent": "spring", "reserve": "autumn", "api": "seller"}
    names |= {
        "read": "x1",
        "write": "a9",
        "pen": "m5",
        "box": "k3",
        "training": "z0",
        "calm": "y",
        "busy": "b",
    }
    names |= {"first": "one", "second": "two"}

    def walk(here: Any, key: str = "") -> Any:
        if isinstance(here, dict):
            entries = [(names.get(k, k), walk(v, k)) for k, v in here.items()]
            ordered = key in ("stages",)
            return dict(entries if ordered else entries[::-1])
        if isinstance(here, list):
            return [walk(v) for v in here][:: -1 if key == "deployments" else 1]
        return names.get(here, here) if isinstance(here, str) and key in ("name", "workloads") else here

    return walk(data)


def dear_option(data: Data) -> Data:
    """One more channel, unit, and hardware that nobody would pay for."""
    data = copy.deepcopy(data)
    data["fleet"]["h800"]["palace"] = {"kind": "on_demand", "price_usd_per_node_hour": 1e5}
    data["fleet"]["b200"] = {"palace": {"kind": "on_demand", "price_usd_per_node_hour": 1e5}}
    rate = {"chat": 50}
    data["deployments"].append(
        {
            "name": "slow",
            "role": "decode",
            "nodes": 3,
            "hardware": ["h800", "b200"],
            "rate_tokens_per_s": rate,
        }
    )
    return data


def silent_workload(data: Data) -> Data:
    """One more workload that never asks for anything."""
    data = copy.deepcopy(data)
    silence = {"input_tokens_per_s": 0.0, "output_tokens_per_s": 0.0}
    data["workloads"]["silence"] = copy.deepcopy(data["workloads"]["chat"]) | {"demand": silence}
    for deployment in data["deployments"]:
        rates = deployment["rate_tokens_per_s"]
        rates["silence"] = rates["chat"]
    return data


def workload_in_halves(data: Data) -> Data:
    """`chat` as two workloads of half its demand that may share every unit."""
    data = copy.deepcopy(data)
    half = copy.deepcopy(data["workloads"]["chat"])
    half["demand"]["scale"] = half["demand"].get("scale", 1.0) / 2.0
    data["workloads"]["chat"] = half
    data["workloads"]["twin"] = copy.deepcopy(half)
    for deployment in data["deployments"]:
        rates = deployment["rate_tokens_per_s"]
        if "chat" in rates:
            rates["twin"] = rates["chat"]
    return data


def scenario_in_halves(data: Data) -> Data:
    """The first scenario as two alike with half its probability each."""
    data = copy.deepcopy(data)
    first = next(iter(data["scenarios"]))
    data["scenarios"][first]["probability"] /= 2.0
    data["scenarios"]["again"] = copy.deepcopy(data["scenarios"][first])
    return data


def stage_in_halves(data: Data) -> Data:
    """The first stage as two alike of half its length each."""
    data = copy.deepcopy(data)
    stages = {}
    for place, (name, stage) in enumerate(data["stages"].items()):
        if place:
            stages[name] = stage
        else:
            half = stage | {"years": stage["years"] / 2.0}
            stages |= {name: half, "again": copy.deepcopy(half)}
    data["stages"] = stages
    return data


def no_demand(path: str) -> Transform:
    """Zero demand at a series of one workload, as `workload.series`, or in one period, as a number."""

    def emptied(data: Data) -> Data:
        data = copy.deepcopy(data)
        for name, workload in data["workloads"].items():
            for key, value in workload["demand"].items():
                if path == f"{name}.{key}":
                    workload["demand"][key] = 0.0
                elif path.isdigit() and isinstance(value, list):
                    value[int(path)] = 0.0
        return data

    return emptied
