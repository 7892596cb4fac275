"""Chips: tokens per minute for ten thousand CNY a month, NVIDIA's and domestic."""

from __future__ import annotations

import planner
from debate.provider import NODE_MONTH
from debate.published_day import DAY, OPTIMUM
from debate.statement import Input, Question, Statement, monthly_million_cny

CHANNELS = {"h800": "own", "h20_96": "own", "ascend_910c": "supernode"}
NODE_MONTH_910C = 62_000
RENTED_910C = {"kind": "reserved", "price_cny_per_gpu_hour": NODE_MONTH_910C / 8 / 730}


def only(hardware: str) -> dict[str, int]:
    """Changes to domestic_chips that leave one hardware."""
    return {f"fleet.{other}.{channel}.max_nodes": 0 for other, channel in CHANNELS.items() if other != hardware}


def per_ten_thousand(plan: planner.Plan) -> float:
    """Thousand output tokens a minute for 10,000 CNY a month, over all nodes of the published day."""
    return 168e9 / 1_440 / (monthly_million_cny(plan.cost) * 100) / 1e3


STATEMENTS = (
    Statement(
        name="nvidia_per_ten_thousand",
        words="On NVIDIA 10,000 CNY a month give 100,000 tokens a minute",
        said=100,
        rounding=5,
        unit="thousand tokens a minute",
        inputs={"tokens_per_s": Input(14_800, "tokens/s per decode node", DAY), "node_month": NODE_MONTH},
        sum=lambda tokens_per_s, node_month: tokens_per_s * 60 / (node_month / 1e4) / 1e3,
        questions={"hired": OPTIMUM, "owned": Question("domestic_chips", only("h800"))},
        answer=lambda plans: {name: per_ten_thousand(plan) for name, plan in plans.items()},
        answer_unit="thousand tokens a minute",
        because="The sum counts decode nodes; four of ten nodes read prompts, and owned ones stand for the peak (358,000 USD each, 10 % a year).",
    ),
    Statement(
        name="domestic_per_ten_thousand",
        words="On domestic chips 10,000 CNY a month give 20,000 to 30,000",
        said=25,
        rounding=5,
        unit="thousand tokens a minute",
        inputs={
            "tokens_per_s": Input(2_583, "tokens/s per node", "follows from the claim: 323 per chip", implied=True),
            "node_month": Input(
                NODE_MONTH_910C,
                "CNY per node of 8 and month",
                "Ascend 910C, SMM rental quotes, mid-2026, relayed; node of 8 assumed",
            ),
        },
        sum=lambda tokens_per_s, node_month: tokens_per_s * 60 / (node_month / 1e4) / 1e3,
        questions={
            "910C hired": Question(
                "domestic_chips", only("ascend_910c") | {"fleet.ascend_910c.supernode": RENTED_910C}
            ),
            "910C owned": Question("domestic_chips", only("ascend_910c")),
            "H20 owned": Question("domestic_chips", only("h20_96")),
        },
        answer=lambda plans: {name: per_ten_thousand(plan) for name, plan in plans.items()},
        answer_unit="thousand tokens a minute",
        because="The rate, not the price. The maker's paper has 1,943 tokens/s per 910C (arXiv 2506.12708, EP320 in supernodes); the claim implies a "
        "sixth of that, what clusters without it may reach. At the maker's rate 910C beats H800: 171,000 against 358,000 USD a node.",
    ),
)
