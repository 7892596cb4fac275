"""Generated hard instances with what real questions have beside plain demand, one family of constraints at a time.

    python -m tests.bench.generate_mixed --family colocated --periods 168 --hardware 3 --seed 7 > hard.yaml

Hardware, prices and unit sizes are those of `tests.bench.generate`; all figures are made up.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.loader import from_dict
from tests.bench.generate import Hardness, record_of, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.instance import Instance

Record = dict[str, Any]
BOTH_SHARE = 0.45  # of what the best dedicated units of a node do, by co-located ones that do both
GROWTH = (1.0, 1.6, 2.4)
DEMAND_SCALES = {"quiet": 0.75, "likely": 1.0, "busy": 1.3}
LENGTHS = {"input_tokens": 1500, "output_tokens": 420}


def colocated(record: Record, _random: np.random.Generator) -> None:
    """Units of one and two nodes that read and answer, beside those that do one of both."""
    best: dict[tuple[str, str], float] = {}
    for unit in record["deployments"]:
        key, rate = (unit["hardware"], unit["role"]), unit["rate_tokens_per_s"]["chat"] / unit["nodes"]
        best[key] = max(best.get(key, 0.0), rate)
    for name in record["fleet"]:
        for nodes, share in ((1, 0.9), (2, 1.0)):
            rates = {
                role: BOTH_SHARE * 2 * share * nodes * best[name, role] for role in ("prefill", "decode")
            }
            record["deployments"].append(
                {
                    "name": f"{name}-both-{nodes}",
                    "role": "colocated",
                    "nodes": nodes,
                    "hardware": name,
                    "rate_tokens_per_s": {"chat": rates},
                }
            )


def headroom(record: Record, _random: np.random.Generator) -> None:
    """Waits are promised, so units are kept free by as much as the demand of the hour asks for."""
    record["workloads"]["chat"] |= {
        "lengths": LENGTHS,
        "sla": {"ttft_ms": {"p99": 3000}, "tpot_ms": 50},
        "queueing": {"arrival_scv": 1.4},
    }


def minimum_up(record: Record, _random: np.random.Generator) -> None:
    """Starts cost, take a quarter of an hour, and bind for four."""
    record["start_up"] = {
        "hours": 0.25,
        "minimum_up_hours": 4,
        "usd_per_node": 2.0,
        "before_first_period": "cyclic",
    }


def workloads(record: Record, random: np.random.Generator) -> None:
    """Three workloads that all units serve, each at rates and with a course of its own."""
    demand = record["workloads"].pop("chat")["demand"]
    factor = {"chat": 1.0, "code": 1.25, "agents": 0.8}
    for place, name in enumerate(factor):
        share = (0.5, 0.3, 0.2)[place]
        record["workloads"][name] = {
            "demand": {
                key: np.round(share * np.roll(line, 5 * place), 1).tolist() for key, line in demand.items()
            }
        }
    for unit in record["deployments"]:
        rate = unit["rate_tokens_per_s"]["chat"]
        unit["rate_tokens_per_s"] = {
            name: round(rate * times * float(random.uniform(0.9, 1.1)), 1) for name, times in factor.items()
        }


def scenarios(record: Record, _random: np.random.Generator) -> None:
    """Demand may be a quarter lower or a third higher; the dearest fifth counts half."""
    record["scenarios"] = {
        name: {"probability": probability, "demand_scale": DEMAND_SCALES[name]}
        for name, probability in (("quiet", 0.3), ("likely", 0.5), ("busy", 0.2))
    }
    record["risk"] = {"measure": "cvar", "level": 0.8, "weight": 0.5}


def stages(record: Record, _random: np.random.Generator) -> None:
    """Demand grows over three half-years, prices fall, and what is reserved is signed for one year."""
    record["stages"] = {
        f"stage{place}": {"years": 0.5, "demand_scale": scale} for place, scale in enumerate(GROWTH)
    }
    for channels in record["fleet"].values():
        for channel in channels.values():
            channel["price_change_per_year"] = -0.25
        for name in ("own", "reserved"):
            channels[name]["term_years"] = 1


def vendors(record: Record, _random: np.random.Generator) -> None:
    """A seller of tokens takes up to a fifth of the work, dearer than nodes held and cheaper than most hired."""
    record["vendors"] = {
        "seller": {
            "price_usd_per_million_tokens": {
                "input_hit": 0.06,
                "input_miss": 0.06,
                "output": 0.22,
            },
            "max_tokens_per_s": 2_000_000,
        }
    }


FAMILIES: dict[str, Callable[[Record, np.random.Generator], None]] = {
    each.__name__: each for each in (colocated, headroom, minimum_up, workloads, scenarios, stages, vendors)
}


def mixed_record(family: str, hardness: Hardness) -> Record:
    """The instance as a file would give it."""
    record = record_of(table_of(hardness), f"{family}-{hardness.seed}", hardness.start_usd_per_node)
    FAMILIES[family](record, np.random.default_rng([hardness.seed, 1]))
    return record


def mixed(family: str, hardness: Hardness) -> Instance:
    """Instance of a family."""
    return from_dict(mixed_record(family, hardness))


def main() -> None:
    """Write one instance as JSON, which is YAML too."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--family", choices=list(FAMILIES), required=True)
    parser.add_argument("--periods", type=int, default=168)
    parser.add_argument("--hardware", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    hardness = Hardness(periods=asked.periods, hardware=asked.hardware, seed=asked.seed)
    json.dump(mixed_record(asked.family, hardness), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
