"""Prices: where the margin ends, how low each fleet could go, and what size has to do with it."""

from __future__ import annotations

from math import ceil

import planner
from debate.provider import ONE_NODE
from debate.published_day import COST, DAY, INCOME, OPTIMUM, WIDE_H200
from debate.statement import CNY_PER_USD, Input, Question, Statement
from debate.users import KERNEL

PRICE = Input(16, "CNY per million output tokens", "DeepSeek's price of R1, February 2025")
PEAK_OUTPUT = Input(2_577_268, "output tokens/s in the busiest hour", "digitised from the published chart")
PEAK_COMPUTED = Input(4_080_674, "computed prompt tokens/s in it", "the same, less 56.25 % cache hits")
UNITS = {
    "vendors of two nodes": [{"role": "colocated", "ep": 16}],
    "vendors of four nodes": [
        {"role": "colocated", "ep": [16, 32]},
        {"role": "prefill", "ep": 16},
        {"role": "decode", "ep": 16},
    ],
}
"""What they may run, as the kernel rates it at 50 ms per token."""


def small(name: str, vendors: int) -> Question:
    """One of so many vendors: its part of the day on nodes that it holds all day."""
    kernel = {key: value for key, value in KERNEL.items() if "max_nodes" not in key}
    changes = {
        "workloads.chat.sla.tpot_ms": 50,
        "workloads.chat.demand.scale": 1 / vendors,
        "deployments": UNITS[name],
        "fleet.h800.rent": {"kind": "reserved", "price_usd_per_gpu_hour": 2.0},
    }
    return Question("deepseek_day", kernel | changes)


def two_nodes() -> tuple[float, float]:
    """Computed prompt tokens/s and output tokens/s of a co-located unit of two nodes, by the kernel."""
    ((reads, writes),) = planner.compute_rates(small("vendors of two nodes", 1).load()).rate
    return float(reads), float(writes)


def busiest_hour(output: float, writes: float, prompts: float, reads: float) -> float:
    """Units of two nodes whose time the busiest hour takes."""
    return output / writes + prompts / reads


READS, WRITES = two_nodes()
MANY_OF_TWO = ceil(busiest_hour(PEAK_OUTPUT.value, WRITES, PEAK_COMPUTED.value, READS))
VENDORS = {"vendors of two nodes": MANY_OF_TWO, "vendors of four nodes": ceil(MANY_OF_TWO / 2)}
"""Among so many the published day is divided, so that its busiest hour just fits the nodes of each."""
FLEETS = {
    "published units": OPTIMUM,
    "H200, wide": Question("deepseek_day", WIDE_H200),
    **{name: small(name, vendors) for name, vendors in VENDORS.items()},
    **ONE_NODE,
    "the provider": Question("maas_provider"),
}
CROWD, MANY = (
    {"workloads.chat.customers": {"classes": [{"count": count, "burstiness_scv": 9.0}]}}
    for count in (100, 10_000)
)
"""Steady API customers of ServeGen, busy half of the time and more: the premise under which the sayings hold."""


def lowest_price(plan: planner.Plan) -> float:
    """CNY per million output tokens at which they pay for the machines and prompts are free."""
    return plan.summary["cost_per_million_output_tokens"] * CNY_PER_USD


STATEMENTS = (
    Statement(
        name="break_even_price",
        words="From 16 down to 2 CNY: where is the break-even?",
        said=2,
        rounding=0.5,
        unit="CNY per million output tokens",
        inputs={"price": PRICE, "cost": COST, "income": INCOME},
        sum=lambda price, cost, income: price * cost / income,
        questions={"optimum": OPTIMUM},
        answer=lambda plans: {"published units": 16 * plans["optimum"].cost / plans["optimum"].summary["income"]},
        answer_unit="CNY per million output tokens",
        because="If prompts keep their part of the price list, a little above 2: at 2 CNY even the published day loses money.",
    ),
    Statement(
        name="price_war",
        words="How low can the price go before a fleet loses money, prompts free of charge?",
        said=None,
        rounding=0.0,
        unit="CNY per million output tokens",
        inputs={
            "cost": COST,
            "tokens": Input(168_000, "million output tokens a day", DAY),
            "exchange": Input(CNY_PER_USD, "CNY per USD", "rounded, February 2025"),
        },
        sum=lambda cost, tokens, exchange: cost / tokens * exchange,
        questions=FLEETS,
        answer=lambda plans: {name: lowest_price(plan) for name, plan in plans.items()},
        answer_unit="CNY per million output tokens",
        because="All at 2 USD per GPU-hour. Large units by the hour outlast small ones held all day; one node with 64 users, though on a flat load "
        "here, loses money at 16 already; at the provider's rate no price of the time pays.",
    ),
    Statement(
        name="small_vendors",
        words="Vendors of two and of four nodes against large expert parallelism, on the same demand",
        said=None,
        rounding=0.0,
        unit="nodes of two-node vendors for the busiest hour",
        inputs={
            "output": PEAK_OUTPUT,
            "writes": Input(WRITES, "tokens/s per unit of two nodes", "the kernel's rate at 50 ms per token"),
            "prompts": PEAK_COMPUTED,
            "reads": Input(READS, "tokens/s per unit of two nodes", "the kernel's rate"),
        },
        sum=lambda **given: 2 * busiest_hour(**given),
        questions={name: FLEETS[name] for name in ("published units", *VENDORS)},
        answer=lambda plans: {name: plan.summary["nodes_peak"] * VENDORS.get(name, 1) for name, plan in plans.items()},
        answer_unit="nodes at the peak, of all such vendors together",
        because="Fewer tokens per GPU in small units (the kernel's rates at 50 ms per token), and nodes held "
        "through the night; two or four nodes make no difference. What few customers need in standby comes on top.",
    ),
    Statement(
        name="hundred_customers",
        words="With a hundred customers three to five times the machines must stand ready",
        said=4,
        rounding=1,
        unit="times the mean",
        inputs={
            "measured": Input(
                3.6,
                "times the mean",
                "99.9 % of ten minutes, 100 steady customers of equal size, ServeGen traces, own computation",
            )
        },
        sum=lambda measured: measured,
        questions={"alone": Question("maas_provider"), "hundred": Question("maas_provider", CROWD)},
        answer=lambda plans: {
            "standing ready": plans["hundred"].summary["nodes_peak"] / plans["alone"].summary["nodes_peak"]
        },
        answer_unit="times the mean",
        because="It holds, for customers of equal size whose load has nine times the variance of a steady one.",
    ),
    Statement(
        name="ten_thousand_customers",
        words="With ten thousand thirty percent more are enough",
        said=1.3,
        rounding=0.05,
        unit="times the mean",
        inputs={
            "peak": PEAK_OUTPUT,
            "tokens_per_day": Input(168e9, "output tokens a day", DAY),
        },
        sum=lambda peak, tokens_per_day: peak / (tokens_per_day / 86_400),
        questions={
            "alone": Question("maas_provider"),
            "many": Question("maas_provider", MANY),
            "optimum": OPTIMUM,
            "day": Question("deepseek_day", MANY),
        },
        answer=lambda plans: {
            "bursts alone": plans["many"].summary["nodes_peak"] / plans["alone"].summary["nodes_peak"],
            "with the day": plans["day"].summary["nodes_peak"] / plans["optimum"].summary["nodes_mean"],
        },
        answer_unit="times the mean",
        because="Bursts of so many add a tenth; the thirty percent are the common day and night, which no number of customers pools away.",
    ),
)
