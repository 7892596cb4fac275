"""Seeded generator of hard instances: many kinds of hardware and unit sizes that are close substitutes.

    python tests/bench/generate.py --periods 24 --hardware 8 --seed 7 > hard.yaml

Generated, not real. What makes them hard is in the arguments: how many kinds of hardware and periods, how
alike
they are in price per token (`spread`), how large units are against demand (`scale`), and the cost of starts.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.loader import from_dict

if TYPE_CHECKING:
    from planner.instance import Instance

PREFILL_SHARE = {1: 0.45, 2: 0.70, 4: 1.0}  # of a node's best rate, by nodes of a unit
DECODE_SHARE = {2: 0.40, 4: 0.60, 9: 0.85, 18: 1.0}
OPERATING_POINTS = (0.90, 0.95, 1.0)
OWNED_SHARE, RESERVED_SHARE = 0.35, 0.60  # of the hourly rent


@dataclass(frozen=True)
class Hardness:
    """Arguments of the family.

    `scale` is the peak demand in multiples of about ten million prompt tokens/s.
    """

    periods: int = 24
    hardware: int = 8
    seed: int = 1
    spread: float = 0.15
    scale: float = 1.0
    start_usd_per_node: float = 0.0


def table_of(hardness: Hardness) -> dict[str, Any]:
    """The numbers of one instance: demand, hardware with prices and limits, options with rates."""
    random = np.random.default_rng(hardness.seed)
    hour = np.arange(hardness.periods)
    week = 1.0 - 0.2 * ((hour // 24) % 7 >= 5)
    shape = (1.0 + 0.35 * np.sin(2 * np.pi * (hour - 9 - random.uniform(0, 2)) / 24)) * week
    shape = shape * (1 + 0.03 * random.standard_normal(hardness.periods))
    hardware, options = [], []
    for place in range(hardness.hardware):
        rent = float(np.round(8 * 2 ** random.uniform(0, 2.5)))
        tilt = random.uniform(0.7, 1.4)
        prefill = rent * 4200 * tilt * (1 + hardness.spread * random.uniform(-1, 1))
        decode = rent * 1100 / tilt * (1 + hardness.spread * random.uniform(-1, 1))
        most = int(random.choice([20, 40, 60, 100, 200]))
        hardware.append(
            {
                "name": f"type{place}",
                "on_demand_usd_per_node_hour": rent,
                "owned_usd_per_node_hour": rent * OWNED_SHARE,
                "reserved_usd_per_node_hour": rent * RESERVED_SHARE,
                "owned_max_nodes": most,
                "reserved_max_nodes": most,
            }
        )
        for role, node_rate, shares in (
            ("prefill", prefill, PREFILL_SHARE),
            ("decode", decode, DECODE_SHARE),
        ):
            options += [
                {
                    "hardware": f"type{place}",
                    "role": role,
                    "nodes": nodes,
                    "tokens_per_s": round(node_rate * nodes * share * point, 1),
                }
                for nodes, share in shares.items()
                for point in OPERATING_POINTS
            ]
    peak = 1e7 * hardness.scale * shape / shape.max()
    return {
        "hours": hardness.periods,
        "prefill_tokens_per_s": np.round(peak, 1).tolist(),
        "decode_tokens_per_s": np.round(peak * 0.28, 1).tolist(),
        "hardware": hardware,
        "options": options,
        "start_usd_per_node": hardness.start_usd_per_node,
    }


def record_of(table: dict[str, Any], name: str, start_usd_per_node: float) -> dict[str, Any]:
    """The same numbers as an instance file would give them; periods are hours and wrap around."""
    fleet = {
        entry["name"]: {
            "rent": {"kind": "on_demand", "price_usd_per_node_hour": entry["on_demand_usd_per_node_hour"]},
            "own": {
                "kind": "reserved",
                "price_usd_per_node_hour": entry["owned_usd_per_node_hour"],
                "max_nodes": entry["owned_max_nodes"],
            },
            "reserved": {
                "kind": "reserved",
                "price_usd_per_node_hour": entry["reserved_usd_per_node_hour"],
                "max_nodes": entry["reserved_max_nodes"],
            },
        }
        for entry in table["hardware"]
    }
    record: dict[str, Any] = {
        "version": 1,
        "name": name,
        "horizon": {"start": "2025-01-06T00:00+00:00", "period_hours": 1, "periods": table["hours"]},
        "workloads": {
            "chat": {
                "demand": {
                    "input_tokens_per_s": table["prefill_tokens_per_s"],
                    "output_tokens_per_s": table["decode_tokens_per_s"],
                }
            }
        },
        "deployments": [
            {
                "name": f"{option['hardware']}-{option['role']}-{option['nodes']}-{place}",
                "role": option["role"],
                "nodes": option["nodes"],
                "hardware": option["hardware"],
                "rate_tokens_per_s": {"chat": option["tokens_per_s"]},
            }
            for place, option in enumerate(table["options"])
        ],
        "hardware": {entry["name"]: {"gpus_per_node": 8} for entry in table["hardware"]},
        "fleet": fleet,
    }
    if start_usd_per_node:
        record["start_up"] = {"usd_per_node": start_usd_per_node, "before_first_period": "cyclic"}
    return record


def instance_of(table: dict[str, Any], name: str = "generated", start_usd_per_node: float = 0.0) -> Instance:
    """Instance of a table.

    `start_usd_per_node` is given apart, so that one table serves with and without starts.
    """
    return from_dict(record_of(table, name, start_usd_per_node))


def generated(hardness: Hardness) -> Instance:
    """Instance of the family."""
    name = f"hard-{hardness.periods}-{hardness.hardware}-{hardness.seed}"
    return instance_of(table_of(hardness), name, hardness.start_usd_per_node)


def main() -> None:
    """Write one instance as JSON, which is YAML too."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in vars(Hardness()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    hardness = Hardness(**vars(parser.parse_args()))
    name = f"hard-{hardness.periods}-{hardness.hardware}-{hardness.seed}"
    json.dump(record_of(table_of(hardness), name, hardness.start_usd_per_node), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
