"""Boxes: a machine on the desk against the tokens of an API, by the users that it serves at a usable speed."""

from __future__ import annotations

from typing import Any

import planner
from debate.statement import CNY_PER_USD, DAYS_PER_MONTH, Input, Question, Statement

USABLE = Input(20, "tokens/s per user", "the slower end of what the published day gave")
API_PRICE = Input(
    6.667, "CNY per million output tokens", "DeepSeek V3, 8 by day for 16 h and 4 by night for 8 h, February 2025"
)
LIFE = Input(48, "months", "four years, as in the instance")
API = Question("appliance")
SERVER_KW = 10.2 * 1.25
"""Power of an 8-GPU server with cooling (Epoch AI), kW."""


def box(price_cny: float, **changes: Any) -> Question:
    """The work of the appliance on boxes of this price alone."""
    keys = {"price": "fleet.box.own.price_cny_per_node", "power_kw": "hardware.box.power_kw_per_node"}
    alone = {"vendors": {}, "fleet.h200.own.max_nodes": 0, keys["price"]: price_cny}
    return Question("appliance", alone | {keys[name]: value for name, value in changes.items()})


def users_that_pay(plans: dict[str, planner.Plan]) -> dict[str, float]:
    """Users at 20 tokens/s, day and night, from whom on the box is cheaper than their tokens."""
    return {"users, day and night": 10 * plans["box"].cost / plans["API"].cost / USABLE.value}


def dear(name: str, price: float, words: str, question: Question, because: str) -> Statement:
    """A box by the users that it must serve to be worth its price."""
    return Statement(
        name=name,
        words=words,
        said=None,
        rounding=0.0,
        unit="users at a usable speed, day and night, to be worth its price",
        inputs={
            "price": Input(price, "CNY", "the public debate"),
            "months": LIFE,
            "api_price": API_PRICE,
            "speed": USABLE,
        },
        sum=lambda price, months, api_price, speed: (
            price / months / api_price * 1e6 / (DAYS_PER_MONTH * 86_400) / speed
        ),
        questions={"box": question, "API": API},
        answer=users_that_pay,
        answer_unit=f"at {USABLE.value:.0f} tokens/s each",
        because=because,
    )


STATEMENTS = (
    Statement(
        name="box_100k",
        words="A box for 100,000 CNY writes 26 million tokens in a month without a pause",
        said=26,
        rounding=0.5,
        unit="million tokens a month",
        inputs={
            "speed": Input(10, "tokens/s", "sellers of such boxes, the public debate, February 2025"),
            "days": Input(30, "days a month", "the claim"),
        },
        sum=lambda speed, days: speed * 86_400 * days / 1e6,
        questions={"box": box(100_000), "API": API},
        answer=lambda plans: (
            {name: plan.cost * DAYS_PER_MONTH * CNY_PER_USD for name, plan in plans.items()} | users_that_pay(plans)
        ),
        answer_unit="CNY a month for these tokens",
        because="As tokens they cost less than a tenth of the box. At 20 tokens/s a reader it serves half a user, and would have to serve more than six.",
    ),
    dear(
        "box_140k",
        140_000,
        "A box for 140,000 CNY instead of the API",
        box(140_000),
        "Energy, which the sum leaves out. No speed was given for it: it must write 180 tokens/s to many at once, what no box of this kind was shown to do.",
    ),
    dear(
        "box_1m",
        1_000_000,
        "A server for a million CNY instead of the API",
        box(1_000_000, power_kw=SERVER_KW),
        "Energy again. An 8-GPU H20 node (1.09 M CNY) decodes 3,384 tokens/s for 96 users at 35 tokens/s in units of two (SGLang and Ant Group): it "
        "wins if it writes for more than eleven hours a day.",
    ),
)
