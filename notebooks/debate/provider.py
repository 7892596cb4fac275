"""The provider's sum: what 100 billion tokens a day bring, and what the machines for them are said to cost."""

from __future__ import annotations

from debate.statement import Input, Question, Statement, monthly_million_cny

CLAIM = "Luchen's founder on Weibo, 2025-02-09, as reported by China Entrepreneur, March 2025"
RATE = "deployments.0.rate_tokens_per_s.chat"
OTHER_CHIP = {"fleet.h800.machines.max_nodes": 0, "fleet.mi300x.machines.max_nodes": 4000}
LOWER_RENT = {"fleet.h800.machines": {"kind": "reserved", "price_usd_per_gpu_hour": 1.60}}

TOKENS = Input(100e9, "output tokens a day", CLAIM)
PRICE = Input(16, "CNY per million output tokens", CLAIM)
NODE_MONTH = Input(
    84_680, "CNY per node and month", "8 GPUs x 2 USD (deepseek-ai/open-infra-index day 6) x 730 h x 7.25"
)

ONE_NODE = {
    "8 H200, 64 users": Question("maas_provider", {RATE: 1_916}),
    "8 H200, 256 users": Question("maas_provider", {RATE: 6_375}),
}
"""Replicas of one node as measured, 1,024 + 1,024 tokens: SGLang, InferenceX 2026-03, 33 ms per token; TensorRT-LLM with
data-parallel attention, NVIDIA 2026-01, 37 ms. Users over (time per token + time to first token / 1,024)."""


def nodes_for(tokens_per_day: float, rate: float) -> float:
    """Nodes that write so many tokens a day at `rate` tokens/s each, all day."""
    return tokens_per_day / 86_400 / rate


def machines(said: int, rate: float, rent: float, why: str, question: Question, because: str) -> Statement:
    """A figure for the machines of a month, at the rate per node that it implies."""
    return Statement(
        name=f"machines_{said}",
        words=f"The machines for them cost {said} million CNY a month{why}",
        said=said,
        rounding=0.5,
        unit="M CNY a month",
        inputs={
            "tokens_per_day": TOKENS,
            "tokens_per_s": Input(rate, "tokens/s per node", "follows from the claim", implied=True),
            "node_month": NODE_MONTH,
            "rent": Input(
                rent,
                "of that rent",
                "the claim on H800, the same rent on the other chip" if rent == 1 else "0.8 x 450 M",
                rent != 1,
            ),
        },
        sum=lambda tokens_per_day, tokens_per_s, node_month, rent: (
            nodes_for(tokens_per_day, tokens_per_s) * node_month * rent / 1e6
        ),
        questions={"sum": question},
        answer=lambda plans: {"machines": monthly_million_cny(plans["sum"].cost)},
        answer_unit="M CNY a month",
        because=because,
    )


STATEMENTS = (
    Statement(
        name="provider_income",
        words="100 billion tokens a day at 16 CNY per million bring 45 million CNY a month",
        said=45,
        rounding=0.5,
        unit="M CNY a month",
        inputs={
            "tokens_per_day": TOKENS,
            "price": PRICE,
            "days": Input(28, "days", "February, in which it was said; 30 days give 48", implied=True),
        },
        sum=lambda tokens_per_day, price, days: tokens_per_day * price * days / 1e12,
        questions={"sum": Question("maas_provider")},
        answer=lambda plans: {"income": monthly_million_cny(plans["sum"].summary["income"])},
        answer_unit="M CNY a month of 730 h",
        because="The length of a month alone; prompts, which are paid for as well, are left out by both.",
    ),
    machines(
        450,
        217.8,
        1,
        "",
        Question("maas_provider"),
        "Nothing: whole nodes cost what the claim says, once its rate of 217.8 tokens/s per node is granted. That rate is the quarrel.",
    ),
    machines(
        360,
        217.8,
        0.8,
        ", at a lower rent",
        Question("maas_provider", LOWER_RENT),
        "Nothing. What 360 stood for was not said: asked here as the same nodes at 1.60 USD per GPU-hour.",
    ),
    machines(
        270,
        363.0,
        1,
        " on another vendor's chip",
        Question("maas_provider", OTHER_CHIP),
        "Nothing: a chip that writes 363 tokens/s per node at the same rent needs three fifths of the nodes.",
    ),
    Statement(
        name="provider_margin",
        words="(45 - 360) / 45: selling the model by the token has a margin of -700 %",
        said=-700,
        rounding=0.5,
        unit="% of income",
        inputs={
            "income": Input(45, "M CNY a month", CLAIM),
            "cost": Input(360, "M CNY a month", CLAIM),
        },
        sum=lambda income, cost: 100 * (income - cost) / income,
        questions={"sum": Question("maas_provider", LOWER_RENT)},
        answer=lambda plans: {"margin": 100 * (1 - plans["sum"].cost / plans["sum"].summary["income"])},
        answer_unit="% of income",
        because="28 days of income against 30.4 days of machines; taken over the same days the margin is less bad. The waterfall below says what made it.",
    ),
    Statement(
        name="four_hundred_machines",
        words="Can 400 machines write 100 billion tokens a day? Then each must write 2,894 tokens/s, day and night",
        said=2_894,
        rounding=0.5,
        unit="tokens/s per node",
        inputs={"tokens_per_day": TOKENS, "nodes": Input(400, "nodes", "the question")},
        sum=lambda tokens_per_day, nodes: tokens_per_day / 86_400 / nodes,
        questions={
            "published units": Question("deepseek_day", {"workloads.chat.demand.scale": 100 / 168}),
            **ONE_NODE,
            "the claim": Question("maas_provider"),
        },
        answer=lambda plans: {name: plan.summary["nodes_peak"] for name, plan in plans.items()},
        answer_unit="nodes at the peak",
        because="Yes with wide expert parallelism, prompts and the day's peak included. Replicas of one node, on a flat load: only with many users at "
        "once on each, which takes many users. The claim's own rate needs thirteen times as many.",
    ),
)
