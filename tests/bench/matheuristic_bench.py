"""Questions with what real ones have, by each method side by side: cost, bound, gap, seconds, processor seconds, load.

    python -m tests.bench.matheuristic_bench --limit 60 [--questions week dense_70b] [--methods matheuristic highs]
    python -m tests.bench.matheuristic_bench --limit 60 --methods auto race --seeds 1 2 3

Questions: `week` (with co-located units, unsteady arrivals, a start-up time and a minimum up time), `mixed` (a week of
it), `promised_year` (with unsteady arrivals, failures and availability), `cvar_week` (in five scenarios),
`build_up_many` (six kinds of hardware in eight stages), and every shipped instance by name. Methods
are those of `planner solve`, `race`, and engines. Prints Markdown. Loads and processor seconds (of all processes of a
solve) are told because a busy machine gives other figures.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import planner
from planner.core.solution import Method

if TYPE_CHECKING:
    from planner.instance import Instance

INSTANCES = Path(__file__).parents[2] / "instances"
DAYS = 7
HOURS = 24
QUESTIONS = ("week", "mixed", "dense_70b", "build_up", "peak")


def question(name: str) -> Instance:
    """An instance by its name here."""
    if name in MADE:
        return planner.loads(yaml.safe_dump(MADE[name](), sort_keys=False), INSTANCES)
    return planner.load(INSTANCES / f"{name}.yaml")


def _harder_week() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((INSTANCES / "week.yaml").read_text())
    data["deployments"].append({"role": "colocated", "ep": [8, 16]})
    data["workloads"]["chat"]["queueing"] = {"arrival_scv": 1.4}
    data["start_up"] = {"hours": 0.25, "minimum_up_hours": 1}
    return data


def _promised_year() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((INSTANCES / "year.yaml").read_text())
    chat = data["workloads"]["chat"]
    chat["sla"]["availability"] = 0.999
    chat["queueing"] = {"arrival_scv": 1.4, "prefill_scv": 0.92, "decode_scv": 0.59}
    failures = {"failures_per_node_year": 7.8, "repair_hours": 2.2}  # as in `peak.yaml`
    data["hardware"] = dict.fromkeys(data["fleet"], failures)
    return data


def _mixed_week() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((INSTANCES / "mixed.yaml").read_text())
    data["horizon"] |= {"periods": DAYS * HOURS, "repeats_per_year": 52.14}
    for workload in data["workloads"].values():
        demand = workload["demand"]
        lines = (INSTANCES / demand.pop("csv")).read_text().splitlines()
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        for key, column in demand.items():
            if isinstance(column, str):
                demand[key] = [float(row[column]) for row in rows] * DAYS
    return data


def _cvar_week() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((INSTANCES / "week.yaml").read_text())
    data["scenarios"] = {
        f"scale_{scale}": {"probability": 0.2, "demand_scale": scale} for scale in (0.7, 0.85, 1.0, 1.2, 1.4)
    }
    data["risk"] = {"measure": "cvar", "level": 0.8, "weight": 0.5}
    return data


RELATIVE = {  # prefill, decode and prices as multiples of those of the H200: made up, close substitutes
    "h200": (1.0, 1.0, 1.0),
    "h100": (0.62, 0.60, 0.72),
    "h20": (0.45, 0.62, 0.45),
    "b200": (1.9, 1.8, 1.62),
    "mi300x": (0.85, 0.8, 0.82),
    "gb200": (2.3, 2.4, 2.1),
}


def _build_up_many() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((INSTANCES / "build_up.yaml").read_text())
    growth = (1.0, 1.4, 1.8, 2.4, 3.2, 3.9, 4.5, 5.0)
    data["stages"] = {f"s{k}": {"years": 0.25, "demand_scale": scale} for k, scale in enumerate(growth)}
    (prefill, decode), base = data["deployments"], data["fleet"].pop("h200")
    data["deployments"] = []
    for name, (reads, writes, price) in RELATIVE.items():
        channels = {
            label: {
                key: round(value * price, 3) if key.startswith("price_usd") else value
                for key, value in channel.items()
            }
            for label, channel in base.items()
            if label != "have" or name in ("h200", "h100")
        }
        data["fleet"][name] = channels
        for of, ep, rate in (
            (prefill, 8, reads),
            (decode, 16, writes),
            (decode, 32, 2.24 * writes),
        ):
            tokens = round(of["rate_tokens_per_s"]["chat"] * rate)
            data["deployments"].append(
                of
                | {
                    "hardware": name,
                    "ep": ep,
                    "name": f"{name}.{of['role']}.{ep}",
                    "rate_tokens_per_s": {"chat": tokens},
                }
            )
    data["hardware"] = {name: {"gpus_per_node": 8} for name in RELATIVE}
    data["limits"] = {"capex_usd": 20_000_000}
    return data


MADE = {
    "week": _harder_week,
    "mixed": _mixed_week,
    "promised_year": _promised_year,
    "cvar_week": _cvar_week,
    "build_up_many": _build_up_many,
}


def run(name: str, method: str, limit_s: float, gap: float, seed: int) -> str:
    """One row."""
    instance, load = question(name), os.getloadavg()[0]
    engine = method not in set(Method)
    options = planner.SolveOptions(
        time_limit_s=limit_s,
        relative_gap=gap,
        method="direct" if engine else method,
        solver=method if engine else "race",
        seed=seed,
    )
    began, before = time.monotonic(), os.times()
    first: list[tuple[float, float]] = []

    def listen(event: planner.Event) -> None:
        if event.cost < float("inf") and not first:
            first.append((time.monotonic() - began, event.cost))

    plan = planner.solve(instance, options, on_event=listen)
    seconds, after = time.monotonic() - began, os.times()
    used = sum(after[:4]) - sum(before[:4])
    found = f"{first[0][1]:,.0f} in {first[0][0]:.1f} s" if first else "none"
    return (
        f"| {name} | {method} | {plan.cost:,.2f} | {plan.bound:,.2f} | {plan.gap:.3%} | {found} | {seconds:.1f} "
        f"| {used:.0f} | {load:.1f} |"
    )


def main() -> None:
    """Run all methods on all questions."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--questions", nargs="+", default=list(QUESTIONS))
    parser.add_argument("--methods", nargs="+", default=["matheuristic", "race", "highs"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    asked = parser.parse_args()
    print("| question | method | cost | bound | gap | first plan | seconds | processor seconds | load |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in asked.questions:
        for method in asked.methods:
            for seed in asked.seeds:
                print(run(name, method, asked.limit, asked.gap, seed), flush=True)


if __name__ == "__main__":
    main()
