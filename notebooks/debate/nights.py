"""Nights and idle hours: cache hits, discounts, training, clusters sold by the hour, a small firm's fine-tuning."""

from __future__ import annotations

import planner
from debate.published_day import DAY, OPTIMUM
from debate.statement import (
    CNY_PER_USD,
    DAYS_PER_MONTH,
    Input,
    Question,
    Statement,
    monthly_million_cny,
)

NO_CACHE = {"workloads.chat.demand.cached_tokens_per_s": [0.0] * 24, "fleet.h800.rent.max_nodes": 1_000}
BASE = {"fleet.h800.base": {"kind": "reserved", "price_usd_per_gpu_hour": 1.30}}
NODE_HOURS = 8.62
"""Node-hours a day that 30,000 CNY a month hire."""
TRAINING = {
    "workloads.fine_tuning": {
        "demand": {"requests_per_s": [NODE_HOURS / 3600] + [0.0] * 23},
        "deferral": {"deadline_hours": 23},
    },
    "deployments": [
        {"role": "prefill", "ep": 32, "workloads": ["chat"], "rate_tokens_per_s": {"chat": 139_436}},
        {"role": "decode", "ep": 144, "workloads": ["chat"], "rate_tokens_per_s": {"chat": 288_350}},
        {
            "name": "training",
            "role": "request",
            "nodes": 1,
            "workloads": ["fine_tuning"],
            "rate_requests_per_s": {"fine_tuning": 1 / 3600},
        },
    ],
    "lending.training.max_nodes": 0,
}
"""A job is one node for one hour; it comes at noon and may wait until the next."""
NIGHT, NOT_LENT = Question("day_night"), Question("day_night", {"lending.training.max_nodes": 0})


def hourly_share(plan: planner.Plan) -> float:
    """Share of the node-hours held that are paid by the hour."""
    fleet = plan.frame("fleet")
    return float(fleet.loc[fleet["kind"] == "on_demand", "node_hours"].sum() / fleet["node_hours"].sum())


STATEMENTS = (
    Statement(
        name="cache_hits",
        words="56 % of the prompt tokens came from the cache. What are they worth?",
        said=56,
        rounding=0.5,
        unit="% of prompt tokens",
        inputs={
            "hits": Input(342, "billion tokens a day", DAY),
            "prompts": Input(608, "billion tokens a day", DAY),
        },
        sum=lambda hits, prompts: 100 * hits / prompts,
        questions={"with": OPTIMUM, "without": Question("deepseek_day", NO_CACHE)},
        answer=lambda plans: {
            "machines saved": plans["without"].cost - plans["with"].cost,
            "income passed on as lower prices": plans["without"].summary["income"] - plans["with"].summary["income"],
        },
        answer_unit="USD a day",
        because="Prefill nodes for 342 B tokens more. At the same price list customers get three times as much back as the machines save.",
    ),
    Statement(
        name="night_discount",
        words="From 0:30 to 8:30 R1 costs 75 % less",
        said=75,
        rounding=0.5,
        unit="% off",
        inputs={
            "day": Input(16, "CNY per million output tokens", "DeepSeek notice of 2025-02-26"),
            "night": Input(4, "CNY per million output tokens", "DeepSeek notice of 2025-02-26"),
        },
        sum=lambda day, night: 100 * (1 - night / day),
        questions={"day": OPTIMUM, "night": NIGHT},
        answer=lambda plans: {"lost": 100 * (1 - plans["night"].summary["income"] / plans["day"].summary["income"])},
        answer_unit="% of the day's income",
        because="A third of the clock, but a sixth of the tokens: the discount costs little where load is low, if nobody moves to it.",
    ),
    Statement(
        name="training_by_night",
        words="Inference by day, training by night: how much stands idle?",
        said=None,
        rounding=0.0,
        unit="node-hours a day",
        inputs={
            "nodes": Input(278, "nodes at the peak", DAY),
            "used": Input(5_442, "node-hours", f"{DAY}: 226.75 nodes x 24 h"),
        },
        sum=lambda nodes, used: 24 * nodes - used,
        questions={"lent": NIGHT, "not lent": NOT_LENT},
        answer=lambda plans: {"lent to training": float(plans["lent"].frame("lending")["node_periods"].sum())},
        answer_unit="node-hours a day",
        because="290 own nodes instead of 278, the optimum's 5,246 node-hours instead of 5,442; and blocks of four hours and eight nodes between "
        "midnight and nine leave the ramps of morning and evening idle.",
    ),
    Statement(
        name="worth_of_training",
        words="What are those hours worth?",
        said=None,
        rounding=0.0,
        unit="M CNY a month",
        inputs={
            "node_hours": Input(1_230, "node-hours a day", "the statement before"),
            "price": Input(8, "USD per node-hour", "assumption of the instance: half of the published rent"),
            "energy": Input(1.122, "USD per node-hour", "10.2 kW x PUE 1.25 x 0.088 USD per kWh"),
        },
        sum=lambda node_hours, price, energy: monthly_million_cny(node_hours * (price - energy)),
        questions={"lent": NIGHT, "not lent": NOT_LENT},
        answer=lambda plans: {"gain": monthly_million_cny(plans["not lent"].cost - plans["lent"].cost)},
        answer_unit="M CNY a month",
        because="The node-hours lent alone; against 19 M of rent for the published day it is a tenth.",
    ),
    Statement(
        name="idle_clusters",
        words="Idle clusters of small clouds, sold by the hour, beside nodes that are always there",
        said=None,
        rounding=0.0,
        unit="hours of use a day from which the committed node is cheaper",
        inputs={
            "committed": Input(
                1.30, "USD per GPU-hour", "three-year contract of an H100, SemiAnalysis, 2026-04; none for H800"
            ),
            "hourly": Input(2.00, "USD per GPU-hour", DAY),
        },
        sum=lambda committed, hourly: 24 * committed / hourly,
        questions={"hourly": OPTIMUM, "both": Question("deepseek_day", BASE)},
        answer=lambda plans: {
            "saved by a committed base": 100 * (1 - plans["both"].cost / plans["hourly"].cost),
            "of node-hours by the hour": 100 * hourly_share(plans["both"]),
        },
        answer_unit="%",
        because="Committed nodes for what runs more than 15.6 hours; idle clusters take the rest of the day's peak, a small share of all node-hours.",
    ),
    Statement(
        name="fine_tuning",
        words="A small firm's fine-tuning for 30,000 CNY a month, beside inference",
        said=30,
        rounding=0.5,
        unit="thousand CNY a month",
        inputs={
            "node_hours": Input(NODE_HOURS, "node-hours a day", "what 30,000 CNY hire", implied=True),
            "rent": Input(16, "USD per node-hour", DAY),
            "days": Input(DAYS_PER_MONTH, "days a month", "730 h"),
            "exchange": Input(CNY_PER_USD, "CNY per USD", "rounded, February 2025"),
        },
        sum=lambda node_hours, rent, days, exchange: node_hours * rent * days * exchange / 1e3,
        questions={"without": NOT_LENT, "beside": Question("day_night", TRAINING)},
        answer=lambda plans: {
            "beside inference": monthly_million_cny(plans["beside"].cost - plans["without"].cost) * 1e3
        },
        answer_unit="thousand CNY a month",
        because="Jobs that may wait a day fit into hours in which the nodes stand idle: what is left to pay is energy.",
    ),
)
