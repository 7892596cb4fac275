"""The published day: its margin, and how many tokens a node wrote."""

from __future__ import annotations

from debate.provider import ONE_NODE
from debate.statement import Input, Question, Statement

DAY = "deepseek-ai/open-infra-index day 6, 27-28 February 2025"
OUTPUT = Input(168e9, "output tokens a day", DAY)
NODES = Input(226.75, "nodes on average", DAY)
INCOME = Input(562_027, "USD a day", DAY)
COST = Input(87_072, "USD a day", DAY)
OPTIMUM = Question("deepseek_day")

WIDE_H200 = {
    "deployments": [
        {"role": "prefill", "ep": 32, "hardware": "h200", "rate_tokens_per_s": {"chat": 5_097 * 32}},
        {"role": "decode", "ep": 72, "hardware": "h200", "rate_tokens_per_s": {"chat": 2_073 * 72}},
    ],
    "fleet": {"h200": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0}}},
}
"""H200 in wide expert parallelism as measured: vLLM, 2025-12-17, 5,097 prompt and 2,073 output tokens/s per GPU."""


def over_all_nodes(tokens_per_day: float, nodes: float) -> float:
    """Output tokens/s per node held, those that read prompts and the hours of the night included."""
    return tokens_per_day / 86_400 / nodes


STATEMENTS = (
    Statement(
        name="margin_on_cost",
        words="The published day has a margin of 545 % on its cost",
        said=545,
        rounding=0.5,
        unit="% of cost",
        inputs={"income": INCOME, "cost": COST},
        sum=lambda income, cost: 100 * (income - cost) / cost,
        questions={"optimum": OPTIMUM},
        answer=lambda plans: {"margin": 100 * plans["optimum"].summary["margin_on_cost"]},
        answer_unit="% of cost",
        because="196 node-hours fewer than the 5,442 that ran, and tokens times prices come to 562,100 USD.",
    ),
    Statement(
        name="margin_on_income",
        words="545 % is a margin of 85 % as others count it, on income",
        said=85,
        rounding=0.5,
        unit="% of income",
        inputs={"income": INCOME, "cost": COST},
        sum=lambda income, cost: 100 * (income - cost) / income,
        questions={"optimum": OPTIMUM},
        answer=lambda plans: {"margin": 100 * (1 - plans["optimum"].cost / plans["optimum"].summary["income"])},
        answer_unit="% of income",
        because="The same two figures over another divisor. It is also the share of tokens that could be free before the day loses money.",
    ),
    Statement(
        name="rate_over_all_nodes",
        words="Over all its node-hours a node wrote 8,575 tokens/s",
        said=8_575,
        rounding=0.5,
        unit="tokens/s per node",
        inputs={"tokens_per_day": OUTPUT, "nodes": NODES},
        sum=over_all_nodes,
        questions={"optimum": OPTIMUM},
        answer=lambda plans: {"optimum": over_all_nodes(168e9, plans["optimum"].summary["nodes_mean"])},
        answer_unit="tokens/s per node",
        because="The optimum holds 218.6 nodes on average instead of 226.75. A decode node alone writes 14,800: four of ten node-hours read prompts.",
    ),
    Statement(
        name="times_an_h200",
        words="That is 1.5 times what an H200 node does",
        said=1.5,
        rounding=0.05,
        unit="times",
        inputs={
            "tokens_per_s": Input(8_575, "tokens/s per node", DAY),
            "h200_tokens_per_s": Input(
                5_717, "tokens/s per node", "no figure for the H200 was given; this follows from 1.5", implied=True
            ),
        },
        sum=lambda tokens_per_s, h200_tokens_per_s: tokens_per_s / h200_tokens_per_s,
        questions={
            **ONE_NODE,
            "H200, wide": Question("deepseek_day", WIDE_H200),
        },
        answer=lambda plans: {
            name: 8_575 / over_all_nodes(168e9 if name == "H200, wide" else 100e9, plan.summary["nodes_mean"])
            for name, plan in plans.items()
        },
        answer_unit="times",
        because="How the H200 is run. The claim lies between what one node alone does for 64 and for 256 users (short prompts, no cache); in units "
        "of 32 and 72 GPUs it writes more than the H800 (vLLM's measurements, without limits on the time per token).",
    ),
)
