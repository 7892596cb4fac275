"""Random features beyond demand, units and channels: each is an idea of its own and knows of no other."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

Data = dict[str, Any]


def add_extras(draw: Random, instance: Data) -> None:
    """Each feature with a chance of its own; stages and scenarios before what is stated by period."""
    chances: list[tuple[float, Callable[[Random, Data], None]]] = [
        (0.2, _scenarios),
        (0.15, stages),
        (0.3, _start_up),
        (0.2, _vendor),
        (0.2, _lending),
        (0.15, _commitment),
        (0.12, _money_limits),
        (0.1, _hardware_types),
        (0.12, _site),
        (0.12, _provider),
        (0.15, _change),
        (0.1, _cyclic),
    ]
    for chance, add in chances:
        if draw.random() < chance:
            add(draw, instance)


def _scenarios(draw: Random, instance: Data) -> None:
    probabilities = draw.choice([[0.5, 0.5], [0.75, 0.25], [0.5, 0.25, 0.25], [1.0]])
    scenarios = {}
    for place, probability in enumerate(probabilities):
        scenario: Data = {"probability": probability}
        scenario |= draw.choice([{}, {"demand_scale": draw.choice([0.5, 1.5, 2.0])}])
        if draw.random() < 0.3:
            scenario["demand_factors"] = [
                draw.choice([0.0, 0.5, 1.0, 2.0]) for _ in range(instance["horizon"]["periods"])
            ]
        if draw.random() < 0.3:
            scenario["workload_scale"] = {
                draw.choice(list(instance["workloads"])): draw.choice([0.0, 0.5, 2.0])
            }
        scenarios[f"s{place}"] = scenario
    instance["scenarios"] = scenarios
    risk = draw.choice(
        [
            {},
            {},
            {"measure": "worst_case"},
            {"measure": "cvar", "level": 0.5},
            {"measure": "cvar", "level": 0.75, "weight": 0.9},
        ]
    )
    if risk:
        instance["risk"] = risk


def stages(draw: Random, instance: Data) -> None:
    """One to three stages, with growth and prices of their own."""
    count = draw.choice([1, 2, 2, 3])
    stages = {}
    for place in range(count):
        stage: Data = {"years": draw.choice([1.0, 1.0, 0.5, 2.0])}
        stage |= draw.choice([{}, {"demand_scale": draw.choice([0.5, 1.5, 2.0])}])
        if draw.random() < 0.2:
            stage["workload_scale"] = {draw.choice(list(instance["workloads"])): 1.5}
        stages[f"y{place}"] = stage
    instance["stages"] = stages
    instance |= draw.choice([{}, {"discount_rate_per_year": draw.choice([0.0, 0.1, 0.3])}])
    for channels in instance["fleet"].values():
        for channel in channels.values():
            if channel["kind"] in {"reserved", "lease", "purchase"}:
                channel |= draw.choice([{}, {"rest_value_share": draw.choice([0.0, 0.4, 1.0])}])
    for channel in _channels(instance):
        if channel["kind"] != "spend_commitment" and draw.random() < 0.3:
            channel["price_change_per_year"] = draw.choice([-0.2, 0.1])
        if channel["kind"] == "existing" and draw.random() < 0.4:
            channel["retires_after_years"] = draw.choice([1.0, 1.5, 3.0])


def _start_up(draw: Random, instance: Data) -> None:
    hours = instance["horizon"]["period_hours"]
    start_up: Data = {}
    if draw.random() < 0.6:
        start_up["usd_per_node"] = draw.choice([0.5, 2.0, 6.0])
    if draw.random() < 0.5:
        start_up["hours"] = hours * draw.choice([0.25, 0.5, 1.0, 1.5, 2.0])
    if draw.random() < 0.5:
        start_up["minimum_up_hours"] = hours * draw.choice([1.0, 1.5, 2.0, 3.0, 7.0])
    if draw.random() < 0.4:
        start_up["before_first_period"] = "off"
    instance["start_up"] = start_up


def _cyclic(draw: Random, instance: Data) -> None:
    instance.setdefault("start_up", {})["before_first_period"] = draw.choice(["off", "cyclic"])


def _vendor(draw: Random, instance: Data) -> None:
    vendor: Data = {"price_usd_per_million_tokens": _token_prices(draw)}
    if draw.random() < 0.3:
        vendor["off_peak"] = {
            "from_hour": draw.choice([0.0, 0.5, 16.5, 22.0]),
            "to_hour": draw.choice([1.0, 8.5, 18.0, 24.0]),
            "price_usd_per_million_tokens": _token_prices(draw),
        }
    if draw.random() < 0.4:
        tiers = [
            {"above_usd_per_day": 5.0, "discount_share": 0.3},
            {"above_usd_per_day": 20.0, "discount_share": 0.6},
        ]
        vendor["tiers"] = tiers[: draw.choice([1, 2])]
    if draw.random() < 0.4:
        vendor["max_tokens_per_s"] = float(draw.choice([300, 1000, 3000]))
    tokens = [name for name, one in instance["workloads"].items() if "requests_per_s" not in one["demand"]]
    if not tokens:
        return
    if draw.random() < 0.3:
        vendor["workloads"] = [draw.choice(tokens)]
    instance["vendors"] = {"v": vendor}


def _token_prices(draw: Random) -> Data:
    return {
        "input_hit": draw.choice([0.1, 0.5]),
        "input_miss": draw.choice([0.5, 1.0, 4.0]),
        "output": draw.choice([1.0, 5.0, 15.0]),
    }


def _lending(draw: Random, instance: Data) -> None:
    hours = instance["horizon"]["period_hours"]
    lending: Data = {
        "hardware": draw.choice(list(instance["fleet"])),
        "price_usd_per_node_hour": draw.choice([0.5, 2.0, 5.0]),
        "max_nodes": draw.randint(0, 8),
        "block_hours": hours * draw.randint(1, 3),
    }
    lending |= draw.choice([{}, {"block_nodes": draw.choice([2, 3])}])
    lending |= draw.choice([{}, {"ramp_nodes_per_hour": draw.choice([1.0, 2.0, 3.0]) / hours}])
    lending |= draw.choice(
        [{}, {"from_hour": draw.choice([0.0, 8.0, 20.5]), "to_hour": draw.choice([6.0, 12.5, 24.0])}]
    )
    instance["lending"] = {"l": lending}


def _commitment(draw: Random, instance: Data) -> None:
    hours, periods = instance["horizon"]["period_hours"], instance["horizon"]["periods"]
    plan: Data = {}
    plan |= draw.choice([{}, {"hours": hours * draw.randint(1, periods)}])
    plan |= draw.choice([{}, {"increment_usd_per_hour": draw.choice([5.0, 20.0])}])
    plan |= draw.choice([{}, {"max_usd_per_hour": draw.choice([30.0, 100.0])}])
    if "hours" in plan:
        plan |= draw.choice([{}, {"may_outlast_horizon": True}])
    instance["spend_commitments"] = {"p": plan}
    for hardware in draw.sample(list(instance["fleet"]), draw.choice([1, len(instance["fleet"])])):
        price = round(draw.uniform(2, 12), 2)
        channel = {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": price}
        instance["fleet"][hardware]["saved"] = channel


def _money_limits(draw: Random, instance: Data) -> None:
    limits = instance.setdefault("limits", {})
    if draw.random() < 0.5:
        limits["capex_usd"] = float(draw.choice([0, 50000, 300000, 1000000]))
    elif "stages" in instance:
        limits["capex_usd_per_year"] = float(draw.choice([0, 100000, 500000]))
    if draw.random() < 0.5:
        limits["usd_per_month"] = float(draw.choice([5000, 40000, 200000]))


def _hardware_types(draw: Random, instance: Data) -> None:
    instance.setdefault("limits", {})["hardware_types"] = draw.choice([1, 1, 2])


def _site(draw: Random, instance: Data) -> None:
    chosen = [channel for channel in _channels(instance) if draw.random() < 0.5]
    for channel in chosen:
        channel["site"] = "hall"
    if chosen:
        instance.setdefault("limits", {})["sites"] = {"hall": {"power_kw": draw.choice([10.0, 40.0, 100.0])}}


def _provider(draw: Random, instance: Data) -> None:
    chosen = [channel for channel in _channels(instance) if draw.random() < 0.5]
    for channel in chosen:
        channel["provider"] = "vendor"
    if chosen:
        limit: Data = {"max_nodes": draw.randint(3, 20)} | draw.choice(
            [{}, {}, {"min_nodes": draw.randint(1, 3)}]
        )
        instance.setdefault("limits", {})["providers"] = {"vendor": limit}


def _change(draw: Random, instance: Data) -> None:
    """An earlier plan by its pools; a pool that it does not name had no nodes."""
    slots = instance["horizon"]["periods"]
    slots *= len(instance.get("scenarios", {})) or 1
    slots *= len(instance.get("stages", {})) or 1
    pools = {}
    for deployment in instance["deployments"]:
        nodes = deployment.get("nodes")
        if nodes is None:
            nodes = deployment["ep"] // instance["hardware"][deployment["hardware"]]["gpus_per_node"]
        if draw.random() < 0.85:
            pools[deployment["name"]] = [nodes * draw.randint(0, 5) for _ in range(slots)]
    change: Data = {"pools": pools}
    if draw.random() < 0.7:
        change["max_nodes_moved"] = draw.choice([0, 2, 5, 10])
    if "max_nodes_moved" not in change or draw.random() < 0.4:
        change["max_pools_changed"] = draw.choice([0, 1, 2])
    instance.setdefault("limits", {})["change"] = change


def _channels(instance: Data) -> list[Data]:
    return [channel for channels in instance["fleet"].values() for channel in channels.values()]
