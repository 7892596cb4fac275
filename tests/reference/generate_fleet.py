"""Random channels of every kind, with the limits that they share."""

from __future__ import annotations

from random import Random
from typing import Any

Data = dict[str, Any]

KINDS = (
    "on_demand", "on_demand", "spot", "reserved", "contract", "capacity_block", "lease", "purchase", "existing",
)  # fmt: skip


def fleet_of(draw: Random, instance: Data, packed: bool = False) -> Data:
    """Channels of every hardware; most have nodes by the hour, so that most questions have a plan."""
    short = draw.random() < 0.1
    fleet: Data = {}
    for hardware in instance["hardware"]:
        kinds = [draw.choice(_on_offer(instance)) for _ in range(draw.choice([1, 1, 2, 2, 3]))]
        if draw.random() < 0.75:
            kinds.append("on_demand")
        fleet[hardware] = {}
        for place, kind in enumerate(kinds):
            channel = _channel(draw, kind, instance)
            _limits(draw, channel, short)
            _sold(draw, channel, instance["hardware"][hardware], packed)
            fleet[hardware][f"{kind}{place}"] = channel
    return fleet


def _on_offer(instance: Data) -> list[str]:
    """Kinds of channels that the horizon has room for."""
    days = _days(instance)
    return [kind for kind in KINDS if kind != "capacity_block" or days >= 1]


def _days(instance: Data) -> int:
    return int(instance["horizon"]["period_hours"] * instance["horizon"]["periods"] / 24)


def _price(draw: Random, low: float, high: float) -> Data:
    """A price per node-hour in whole cents, sometimes per GPU instead."""
    if draw.random() < 0.2:
        return {"price_usd_per_gpu_hour": round(draw.uniform(low / 2, high / 2), 2)}
    return {"price_usd_per_node_hour": round(draw.uniform(low, high), 2)}


def _channel(draw: Random, kind: str, instance: Data) -> Data:
    channel: Data = {"kind": kind}
    if kind == "purchase":
        channel |= _purchase(draw)
    elif kind == "lease":
        channel |= {
            "price_usd_per_node_month": float(draw.choice([1500, 4000, 9000])),
            "term_months": draw.choice([6.0, 12.0, 36.0]),
        }
        channel |= draw.choice(
            [{}, {"upfront_usd_per_node": 20000.0}, {"upfront_usd_per_node": 20000.0, "cost_of_capital": 0.1}]
        )
    elif kind == "existing":
        channel |= {"nodes": draw.randint(1, 12)} | draw.choice([{}, {"forgone_usd_per_node_hour": 1.5}])
    else:
        channel |= _hired(draw, kind, instance)
    if kind != "purchase" and draw.random() < 0.3:
        channel["running_usd_per_node_hour"] = draw.choice([0.5, 2.0])
    return channel


def _hired(draw: Random, kind: str, instance: Data) -> Data:
    hours = instance["horizon"]["period_hours"]
    periods = instance["horizon"]["periods"]
    if kind == "on_demand":
        return _price(draw, 4, 20)
    if kind == "spot":
        loss = {"lost_share": draw.choice([0.3, 0.5, 1.0]), "kept_share": draw.choice([0.0, 0.3, 0.5, 0.8])}
        spot = _price(draw, 1, 10)
        if draw.random() < 0.6:
            spot |= {
                "interruptions_per_node_month": draw.choice([10.0, 100.0, 300.0]),
                "restart_hours": draw.choice([0.5, 1.0]),
            }
        return spot | ({"correlated_loss": loss} if draw.random() < 0.5 else {})
    if kind == "reserved":
        return _price(draw, 2, 12) | draw.choice(
            [
                {},
                {"term_years": 3.0, "upfront_share": 0.5},
                {"term_years": 1.0, "upfront_share": 1.0, "cost_of_capital": 0.1},
            ]
        )
    if kind == "contract":
        contract = {"hours": hours * draw.randint(1, periods + 1)} | _price(draw, 2, 14)
        contract |= draw.choice([{}, {}, {"upfront_usd_per_node": 3.0}])
        return contract | draw.choice([{}, {"may_outlast_horizon": True}])
    days = [days for days in (1, 2) if days <= _days(instance)]
    room = periods - int(24 * days[-1] / hours)
    block: Data = {"days": draw.choice([days[-1], days])} | _price(draw, 2, 14)
    block |= draw.choice([{}, {}, {"first_start_hours": hours * draw.randint(0, room)}])
    block |= draw.choice([{}, {"start_every_hours": hours * draw.randint(1, 3)}])
    return block | draw.choice([{}, {}, {"start_window_hours": hours * draw.randint(1, 3)}])


def _purchase(draw: Random) -> Data:
    purchase: Data = {
        "price_usd_per_node": float(draw.choice([30000, 100000, 250000])),
        "life_years": draw.choice([2.0, 4.0, 5.0]),
    }
    purchase |= draw.choice(
        [
            {},
            {"residual_share": 0.2},
            {"cost_of_capital": 0.08},
            {"residual_share": 0.1, "cost_of_capital": 0.1},
        ]
    )
    purchase |= draw.choice([{}, {"maintenance_share_per_year": 0.03}])
    purchase |= draw.choice([{}, {"colocation_usd_per_kw_month": 150.0}])
    purchase |= draw.choice([{}, {"power_kw": 7.5}])
    tariff = [round(draw.uniform(0.0, 0.4), 2) for _ in range(24)]
    purchase |= draw.choice([{}, {"energy_usd_per_kwh": 0.12}, {"energy_usd_per_kwh": tariff, "pue": 1.3}])
    return purchase | draw.choice([{}, {}, {}, {"lead_time_hours": draw.choice([0.5, 1.0, 3.0])}])


def _sold(draw: Random, channel: Data, hardware: Data, packed: bool) -> None:
    """What is sold one by one, now and then; parts of nodes and of domains are not interrupted on average."""
    domain = hardware.get("nodes_per_domain", 1) > 1
    by_the_hour = channel["kind"] in ("on_demand", "spot")
    if domain and draw.random() < 0.4:
        channel["sold_by"] = "domain"
    elif by_the_hour and "increment_nodes" not in channel and draw.random() < (0.5 if packed else 0.2):
        channel["sold_by"] = draw.choice(["gpu", "node"])
    if hardware["gpus_per_node"] > 1 or domain:
        channel.pop("interruptions_per_node_month", None)


def _limits(draw: Random, channel: Data, short: bool) -> None:
    if short:
        channel["max_nodes"] = draw.randint(0, 4)
    elif draw.random() < 0.3:
        channel["max_nodes"] = draw.randint(2, 25)
    if draw.random() < 0.1 and channel["kind"] not in ("contract", "capacity_block", "purchase"):
        channel["min_nodes"] = min(draw.randint(1, 4), channel.get("max_nodes", 4), channel.get("nodes", 4))
    if draw.random() < 0.15:
        channel["increment_nodes"] = draw.choice([2, 3, 4])
    if draw.random() < 0.1:
        channel["max_new_nodes"] = draw.randint(1, 10) + channel.get("min_nodes", 0)
    if draw.random() < 0.08:
        channel["max_new_nodes_per_week"] = draw.randint(2, 20)
