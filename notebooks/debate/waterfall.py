"""From the provider's sum to the published day, one premise after the other, each step a solve.

What a premise contributes depends on the order in which they are changed: the steps multiply. The rate per node of the
claim contains standby, failures and the night; they are taken out of it first, each as what its source says.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

import planner
from debate.nights import NIGHT
from debate.provider import RATE
from debate.published_day import OPTIMUM
from debate.statement import INSTANCES, Question, Solve, monthly_million_cny, solver

STANDBY = 5.0
"""Machines over mean load that providers were said to keep."""
FAILED = 7.8 * 2.2 / 8_760
"""Share of the time that a node is out: 7.8 failures a year (arXiv 2410.21680) of 2.2 h (arXiv 2503.11901)."""
CLAIMED = 217.8
"""Tokens/s per node that the claim implies."""
OUTPUT_ONLY = {"price_usd_per_million_tokens": {"input_hit": 0.0, "input_miss": 0.0, "output": 16 / 7.25}}
SIZE = 100 / 168
FREE = 0.5
"""Share of tokens that earn nothing: an assumption, nobody published one."""


@dataclass(frozen=True)
class Premise:
    """A step: what changes, and the question with it and all changes before."""

    name: str
    change: str
    question: Question


def shape() -> list[float]:
    """The published day's output by the hour over its mean."""
    load = planner.load(INSTANCES / "deepseek_day.yaml").workloads["chat"].demand.output_tokens_per_s
    return [hour * len(load) / sum(load) for hour in load]


def premises() -> tuple[Premise, ...]:
    """The steps in their order."""
    day = shape()
    rate = CLAIMED * STANDBY
    running = rate / (1 - FAILED)
    by_the_hour = {
        RATE: running * max(day),
        "workloads.chat.demand.output_tokens_per_s": [100e9 / 86_400 * hour for hour in day],
        "fleet.h800.machines": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0},
    }
    small = {"workloads.chat.demand.scale": SIZE}
    output_only = {f"workloads.chat.{key}": value for key, value in OUTPUT_ONLY.items()}
    free = {"workloads.chat.free_share": FREE}
    return (
        Premise("the provider's sum", "217.8 tokens/s per node on average", Question("maas_provider")),
        Premise("standby", "no fivefold machines", Question("maas_provider", {RATE: rate})),
        Premise("failures", "no nodes out of service", Question("maas_provider", {RATE: running})),
        Premise("peak", "machines by the hour instead of all day for its peak", Question("maas_provider", by_the_hour)),
        Premise("rate per node", "published units, prompts included", Question("deepseek_day", small | output_only)),
        Premise("price", "prompts are paid for, at the list price of R1", Question("deepseek_day", small)),
        Premise("size", "168 billion tokens a day: the published day at its optimum", OPTIMUM),
        Premise("night price", "75 % off from 0:30 to 8:30", Question("deepseek_day", night_price())),
        Premise(
            "free share", "half of the tokens earn nothing (assumed)", Question("deepseek_day", night_price() | free)
        ),
    )


def night_price() -> dict[str, object]:
    """The off-peak prices of day_night as changes."""
    off_peak = NIGHT.load().workloads["chat"].off_peak
    return {"workloads.chat.off_peak": off_peak.model_dump(mode="json", exclude_none=True)} if off_peak else {}


def waterfall(solve: Solve | None = None) -> pd.DataFrame:
    """One row a premise: machines and income (M CNY a month), margin on income, and by what the step changed it."""
    solve = solve or solver()
    rows = []
    for premise in premises():
        plan = solve(premise.question)
        income = plan.summary["income"]
        rows.append(
            {
                "change": premise.change,
                "machines, M CNY a month": monthly_million_cny(plan.cost),
                "income, M CNY a month": monthly_million_cny(income),
                "margin on income, %": 100 * (1 - plan.cost / income),
            }
        )
    steps = pd.DataFrame(rows, index=pd.Index([premise.name for premise in premises()], name="premise"))
    steps["contributes, points"] = steps["margin on income, %"].diff()
    return steps
