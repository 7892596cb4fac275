"""Small random questions with everything that a bound or a limit may forget, as instance records.

Spot with restarts and losses, increments and limits off the increment, minimum quantities, channels that offer nothing
in some periods, tariffs, phases and hours without demand, limits on change, start-up time, scenarios, units that are of
no use, money in odd amounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.loader import from_dict
from planner.model.prepare import sets_of
from planner.rates.compute import compute_rates

if TYPE_CHECKING:
    from planner.model import Sets

MONEY = (1.0, 1.0, 1.0, 1e-6, 1e6)


def record(seed: int) -> dict[str, Any]:
    """One to three kinds of hardware, one to six periods."""
    random = np.random.default_rng(seed)
    hours = float(random.choice([1.0, 1.0, 24.0]))
    periods = int(random.integers(1, 7))
    money = float(random.choice(MONEY))
    kinds = [f"type{kind}" for kind in range(int(random.integers(1, 4)))]
    scenarios = bool(random.random() < 0.2)
    fleet = {name: _channels(random, hours, periods, money) for name in kinds}
    for channels in fleet.values() if scenarios else ():  # these need stages then
        channels.pop("late", None)
        channels.setdefault("rent", {"kind": "on_demand", **_price(random, 10 * money)})
    deployments = [unit for name in kinds for unit in _units(random, name)]
    question: dict[str, Any] = {
        "version": 1,
        "name": f"odd-{seed}",
        "horizon": {"start": "2025-01-06T00:00+00:00", "period_hours": hours, "periods": periods},
        "workloads": {"chat": {"demand": _demand(random, periods)}},
        "deployments": deployments,
        "hardware": {name: {"gpus_per_node": 8} for name in kinds},
        "fleet": fleet,
    }
    if random.random() < 0.5:
        question["start_up"] = _start_up(random, hours, money)
    if scenarios:
        question["scenarios"] = {"low": {"probability": 0.3}, "high": {"probability": 0.7}}
        question["scenarios"]["high"]["demand_scale"] = 1.5
    if random.random() < 0.15:
        blocks = 2 if "scenarios" in question else 1
        question["limits"] = {"change": _change(random, deployments, periods * blocks)}
    return question


def question(seed: int) -> Sets:
    """The sets of an odd question."""
    instance = from_dict(record(seed))
    return sets_of(instance, compute_rates(instance))


def _demand(random: np.random.Generator, periods: int) -> dict[str, Any]:
    prompts = random.uniform(2e3, 4e4, periods).round(1)
    answers = random.uniform(5e2, 8e3, periods).round(1)
    prompts[random.random(periods) < 0.2] = 0.0
    answers[random.random(periods) < 0.2] = 0.0
    if random.random() < 0.3:
        (prompts if random.random() < 0.5 else answers)[:] = 0.0
    if not prompts.any() and not answers.any():
        answers[0] = 1000.0
    return {"input_tokens_per_s": prompts.tolist(), "output_tokens_per_s": answers.tolist()}


def _units(random: np.random.Generator, name: str) -> list[dict[str, Any]]:
    units = []
    for role, rate in (("prefill", 4000.0), ("decode", 800.0)):
        for nodes in random.choice([1, 2, 3, 4], size=int(random.integers(1, 3)), replace=False):
            speed = rate * float(nodes) * random.uniform(0.6, 1.0)
            units.append(
                {
                    "name": f"{name}-{role}-{nodes}",
                    "role": role,
                    "nodes": int(nodes),
                    "hardware": name,
                    "rate_tokens_per_s": {"chat": float(np.round(speed, int(random.integers(-2, 3))))},
                }
            )
    return units


def _channels(random: np.random.Generator, hours: float, periods: int, money: float) -> dict[str, Any]:
    rent = float(np.round(random.uniform(4, 20), 2))
    channels: dict[str, Any] = {}
    if random.random() < 0.7:
        channels["rent"] = {"kind": "on_demand", **_price(random, rent * money), **_limits(random, 20)}
    if random.random() < 0.4:
        channels["spot"] = _spot(random, rent * 0.5 * money)
    if random.random() < 0.6:
        channels["own"] = {"kind": "reserved", **_price(random, rent * 0.5 * money), **_limits(random, 9)}
    if random.random() < 0.3:
        more = {"kind": "reserved", **_price(random, rent * 0.7 * money), **_limits(random, 9)}
        channels["more"] = {**more, "running_usd_per_node_hour": float(rent * 0.2 * money)}
    if random.random() < 0.3 and hours == 24.0:
        every = {"start_every_hours": 48.0} if periods > 2 else {}
        block = {"kind": "capacity_block", "days": 1, **_price(random, rent * 0.4 * money), **every}
        channels["block"] = {**block, "max_nodes": int(random.integers(1, 9))}
    if random.random() < 0.2:
        late = {"kind": "purchase", "life_years": 4.0, "lead_time_hours": hours * (periods - 1)}
        channels["late"] = {**late, "price_usd_per_node": float(8760 * rent * money), "max_nodes": 7}
    if not channels:
        channels["rent"] = {"kind": "on_demand", **_price(random, rent * money)}
    return channels


def _price(random: np.random.Generator, usd: float) -> dict[str, float]:
    return {"price_usd_per_node_hour": float(usd * random.uniform(0.8, 1.2))}


def _limits(random: np.random.Generator, most: int) -> dict[str, int]:
    """Any of a limit, a minimum and an increment; the limit is seldom a multiple of it."""
    step = int(random.choice([1, 1, 1, 2, 3, 5]))
    limits = {} if step == 1 else {"increment_nodes": step}
    if random.random() < 0.7:
        limits["max_nodes"] = int(random.integers(step, most + step))
    if random.random() < 0.1:
        limits["min_nodes"] = min(int(random.integers(1, 4)), limits.get("max_nodes", 4) // step * step)
    return limits


def _spot(random: np.random.Generator, usd: float) -> dict[str, Any]:
    spot: dict[str, Any] = {"kind": "spot", **_price(random, usd), **_limits(random, 12)}
    if random.random() < 0.6:
        spot |= {"interruptions_per_node_month": float(random.uniform(5, 200)), "restart_hours": 2.0}
    if random.random() < 0.4:
        lost, kept = float(random.choice([0.3, 0.5, 0.9, 1.0])), float(random.uniform(0.3, 1.0))
        spot["correlated_loss"] = {"lost_share": lost, "kept_share": kept}
    return spot


def _start_up(random: np.random.Generator, hours: float, money: float) -> dict[str, Any]:
    start: dict[str, Any] = {"usd_per_node": float(random.uniform(0.5, 6) * money)}
    if random.random() < 0.2:
        start["hours"] = float(random.choice([0.25, 1.0, 1.5])) * hours
    if random.random() < 0.2:
        start["minimum_up_hours"] = 2 * hours
    if random.random() < 0.3:
        start["before_first_period"] = "off"
    return start


def _change(random: np.random.Generator, units: list[dict[str, Any]], periods: int) -> dict[str, Any]:
    names = random.choice([unit["name"] for unit in units], size=min(2, len(units)), replace=False)
    nodes = {unit["name"]: unit["nodes"] for unit in units}
    pools = {str(name): (nodes[name] * random.integers(0, 6, periods)).astype(int).tolist() for name in names}
    return {"pools": pools, "max_nodes_moved": int(random.choice([0, 3, 10, 30]))}
