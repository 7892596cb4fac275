"""Users: how many at once, how fast each, and what more of them would need."""

from __future__ import annotations

import planner
from debate.published_day import DAY, NODES, OPTIMUM, OUTPUT
from debate.statement import Input, Question, Statement

SPEED = Input(21, "tokens/s per user", f"{DAY}: 20 to 22")
DAILY_USERS = Input(24e6, "users a day", "follows from the 0.386 %", implied=True)
BILLION = Question("deepseek_day", {"workloads.chat.demand.scale": 1e9 / 24e6, "fleet.h800.rent.max_nodes": 20_000})
SLOWER, FASTER = ({"workloads.chat.sla.tpot_ms": limit} for limit in (1000 / 20, 1000 / 40))
KERNEL = {
    "workloads.chat.lengths": {"input_tokens": 4000, "output_tokens": 1105, "kv_tokens": 4989},
    "workloads.chat.speculation": {"draft_tokens": 1},
    "deployments": [{"role": "prefill", "ep": 32}, {"role": "decode", "ep": 144}],
    "fleet.h800.rent.max_nodes": 2_000,
}
"""The published units as the kernel rates them, lengths as in peak.yaml."""


def users_at_once(plan: planner.Plan) -> list[float]:
    """Users whose answers are being written in each period, at 21 tokens/s each."""
    served = plan.frame("served")
    return list(served[served["phase"] == "decode"].groupby("period")["served_per_s"].sum() / 21)


def mean(values: list[float]) -> float:
    """The mean of periods of equal length."""
    return sum(values) / len(values)


STATEMENTS = (
    Statement(
        name="concurrent_users",
        words="92,600 users are served at once",
        said=92.6,
        rounding=0.05,
        unit="thousand users",
        inputs={"tokens_per_day": OUTPUT, "speed": SPEED},
        sum=lambda tokens_per_day, speed: tokens_per_day / 86_400 / speed / 1e3,
        questions={"optimum": OPTIMUM},
        answer=lambda plans: {
            "mean": mean(users_at_once(plans["optimum"])) / 1e3,
            "peak": max(users_at_once(plans["optimum"])) / 1e3,
        },
        answer_unit="thousand users",
        because="The figure is a mean over the day; the fleet has to stand for the hour with a third more.",
    ),
    Statement(
        name="share_of_daily_users",
        words="They are 0.386 % of the users of a day",
        said=0.386,
        rounding=0.0005,
        unit="%",
        inputs={"tokens_per_day": OUTPUT, "speed": SPEED, "daily_users": DAILY_USERS},
        sum=lambda tokens_per_day, speed, daily_users: 100 * tokens_per_day / 86_400 / speed / daily_users,
        questions={"optimum": OPTIMUM},
        answer=lambda plans: {"peak": 100 * max(users_at_once(plans["optimum"])) / 24e6},
        answer_unit="% of daily users",
        because="Again mean against peak. The tokens are those of all services, the users those of one: API customers are in the one only.",
    ),
    Statement(
        name="speed_of_a_user",
        words="Each of them gets 20 to 22 tokens/s",
        said=21,
        rounding=1,
        unit="tokens/s",
        inputs={
            "tokens_per_s": Input(14_800, "tokens/s per decode node", DAY),
            "users_per_gpu": Input(88, "users per decode GPU", "92,600 over 131.25 decode nodes of 8", implied=True),
        },
        sum=lambda tokens_per_s, users_per_gpu: tokens_per_s / 8 / users_per_gpu,
        questions={
            "20 tokens/s": Question("deepseek_day", KERNEL | SLOWER),
            "40 tokens/s": Question("deepseek_day", KERNEL | FASTER),
        },
        answer=lambda plans: {name: plan.summary["nodes_mean"] for name, plan in plans.items()},
        answer_unit="nodes on average",
        because="Speed is what the margin is paid with: the kernel's rates at 50 and at 25 ms per token say how many nodes twice the speed takes.",
    ),
    Statement(
        name="users_per_2000_gpus",
        words="How many users do 2,000 GPUs serve at once?",
        said=None,
        rounding=0.0,
        unit="thousand users",
        inputs={"tokens_per_day": OUTPUT, "speed": SPEED, "nodes": NODES},
        sum=lambda tokens_per_day, speed, nodes: tokens_per_day / 86_400 / speed / (8 * nodes) * 2,
        questions={"optimum": OPTIMUM},
        answer=lambda plans: {
            "mean": 2 * mean(users_at_once(plans["optimum"])) / (8 * plans["optimum"].summary["nodes_mean"]),
            "peak": 2 * max(users_at_once(plans["optimum"])) / (8 * plans["optimum"].summary["nodes_peak"]),
        },
        answer_unit="thousand users",
        because="GPUs of both roles count. At the peak every node works at its best hour's rate; over the day the schedule leaves some slack.",
    ),
    Statement(
        name="a_billion_users",
        words="How many GPUs would a billion users a day need?",
        said=None,
        rounding=0.0,
        unit="thousand GPUs on average",
        inputs={
            "users": Input(1e9, "users a day", "the question"),
            "daily_users": DAILY_USERS,
            "nodes": NODES,
        },
        sum=lambda users, daily_users, nodes: users / daily_users * nodes * 8 / 1e3,
        questions={"a billion": BILLION},
        answer=lambda plans: {
            "mean": plans["a billion"].summary["nodes_mean"] * 8 / 1e3,
            "peak": plans["a billion"].summary["nodes_peak"] * 8 / 1e3,
        },
        answer_unit="thousand GPUs",
        because="At this size whole units no longer matter; what stands at the peak is a third more than the mean, if all users keep one day and night.",
    ),
)
