"""What the debate's questions come to by hand: whole nodes hour by hour, prices and hours, no model and no solver.

Where one kind of unit does each phase and nodes are hired by the hour, rounding up every hour is the optimum.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor

import numpy as np
import pandas as pd
from debate.prices import READS, VENDORS, WRITES
from numpy.typing import NDArray

from tests.examples import INSTANCES

Range = tuple[float, float]
Array = NDArray[np.float64]

DAY = pd.read_csv(INSTANCES / "series" / "deepseek_day.csv", comment="#")
OUTPUT = DAY["output_tokens_per_s"].to_numpy()
PROMPTS = DAY["input_tokens_per_s"].to_numpy()
COMPUTED = PROMPTS - DAY["cached_tokens_per_s"].to_numpy()
CLOCK = (np.arange(24) + 12) % 24
"""Local hour of each row."""

MONTH = 365 / 12 * 7.25 / 1e6
"""USD a day to millions of CNY in a month of 730 hours."""
NODE_HOUR = 16.0
FLAT = 100e9 / 86_400
DAY_INCOME = 266e3 * 0.55 + 342e3 * 0.14 + 168e3 * 2.19
CLAIM_INCOME = 100e3 * 16 / 7.25
ENERGY = 10.2 * 1.25 * 0.088
"""USD per node-hour in use."""


def measured(engine: str, users: int, month: str) -> float:
    """Output tokens/s of one node of 8 H200 in the shipped runs: users over the time that a token of theirs takes."""
    runs = pd.read_csv(INSTANCES.parent / "kernels" / "data" / "runs.csv", comment="#", dtype={"month": str})
    lengths = (runs["input_tokens"] == 1024) & (runs["output_tokens"] == 1024) & (runs["concurrency"] == users)
    what = (runs["hardware"] == "h200") & (runs["model"] == "deepseek-r1") & (runs["engine"] == engine)
    (run,) = runs[lengths & what & (runs["month"] == month)].itertuples()
    return float(round(users * 1e3 / (run.tpot_ms + run.ttft_ms / 1024)))


ONE_NODE = {
    "8 H200, 64 users": measured("sglang", 64, "2026-03"),
    "8 H200, 256 users": measured("tensorrt-llm", 256, "2026-01"),
}

def exactly(value: float, tolerance: float = 1e-6) -> Range:
    """A range around a figure that is known by hand."""
    return value - abs(value) * tolerance, value + abs(value) * tolerance


def whole(load: Array, rate: float, nodes: int) -> Array:
    """Nodes in whole units that carry a load, by the hour."""
    return np.ceil(load / rate - 1e-9) * nodes


def published(scale: float = 1.0, computed: Array = COMPUTED) -> Array:
    """Nodes in the published units: EP144 decode on 18 nodes, EP32 prefill on 4."""
    return whole(OUTPUT * scale, 288_350, 18) + whole(computed * scale, 139_436, 4)


def owned(price_usd: float, nodes: Array, held: float, energy_usd_per_hour: float) -> float:
    """USD a day of nodes bought at 10 % a year over four years, energy by the hour in use."""
    return price_usd * held * 0.1 / (1 - 1.1**-4) / 365 + energy_usd_per_hour * float(nodes.sum())


def per_ten_thousand(usd_per_day: float) -> float:
    """Thousand output tokens a minute for 10,000 CNY a month."""
    return 168e9 / 1440 / (usd_per_day * MONTH * 100) / 1e3


def tokens_per_node(tokens: float, nodes: float) -> float:
    return tokens / 86_400 / nodes


def machines(rate: float, rent: float = 1.0) -> dict[str, Range]:
    return {"machines": exactly(ceil(FLAT / rate) * NODE_HOUR * 24 * rent * MONTH)}


def four_hundred() -> dict[str, Range]:
    return {
        "published units": exactly(published(100 / 168).max()),
        **{name: exactly(ceil(FLAT / rate)) for name, rate in ONE_NODE.items()},
        "the claim": exactly(ceil(FLAT / 217.8)),
    }


def against_h200() -> dict[str, Range]:
    wide = whole(OUTPUT, 2073 * 72, 9) + whole(COMPUTED, 5097 * 32, 4)
    return {
        **{
            name: exactly(8575 / tokens_per_node(100e9, ceil(FLAT / rate)), 1e-4)
            for name, rate in ONE_NODE.items()
        },
        "H200, wide": exactly(8575 / tokens_per_node(168e9, wide.mean()), 1e-4),
    }


def speed() -> dict[str, Range]:
    """The kernel's rates: near the published ones at their speed, and more nodes, not many times as many, at twice that."""
    mean = published().mean()
    return {"20 tokens/s": (mean / 1.5, mean * 1.5), "40 tokens/s": (mean * 1.2, mean * 3)}


def per_2000() -> dict[str, Range]:
    nodes = published()
    return {
        "mean": exactly(2 * OUTPUT.mean() / 21 / (8 * nodes.mean())),
        "peak": exactly(2 * OUTPUT.max() / 21 / (8 * nodes.max())),
    }


def billion() -> dict[str, Range]:
    nodes = published(1e9 / 24e6)
    return {"mean": exactly(nodes.mean() * 8 / 1e3), "peak": exactly(nodes.max() * 8 / 1e3)}


def small_vendors() -> dict[str, Range]:
    """As many vendors as make the busiest hour fit hold their two or four nodes, all day, and not a node less."""
    two, four = VENDORS["vendors of two nodes"], VENDORS["vendors of four nodes"]
    assert two == ceil(2_577_268 / WRITES + 4_080_674 / READS)
    assert four == ceil(two / 2)
    return {"vendors of two nodes": exactly(two * 2), "vendors of four nodes": exactly(four * 4)}


def price_war() -> dict[str, Range]:
    per_day = 7.25 / 168e3
    wide = whole(OUTPUT, 2073 * 72, 9) + whole(COMPUTED, 5097 * 32, 4)
    return {
        "published units": exactly(published().sum() * NODE_HOUR * per_day),
        "H200, wide": exactly(wide.sum() * NODE_HOUR * per_day),
        **{name: tuple(24 * NODE_HOUR * per_day * end for end in ends) for name, ends in small_vendors().items()},
        **{
            name: exactly(ceil(FLAT / rate) * 24 * NODE_HOUR * 7.25 / 100e3)
            for name, rate in (ONE_NODE | {"the provider": 217.8}).items()
        },
    }


def box_users(usd_per_day: float) -> Range:
    """Users at 20 tokens/s from whom on a box is cheaper than V3's tokens: 8 CNY per million for 16 h, 4 for 8 h."""
    api = 10 * 3600 / 1e6 * (16 * 8 + 8 * 4) / 7.25
    return exactly(10 * usd_per_day / api / 20, 1e-4)


def box_day(price_cny: float, power_kw: float) -> float:
    return price_cny / 7.25 / 4 / 365 + 24 * power_kw * 0.088


def box_100k() -> dict[str, Range]:
    box = box_day(100_000, 0.5)
    return {
        "box": exactly(box * MONTH * 1e6, 1e-4),
        "API": exactly(10 * 3600 / 1e6 * 160 * 365 / 12, 1e-4),
        "users, day and night": box_users(box),
    }


def nvidia() -> dict[str, Range]:
    nodes = published()
    return {
        "hired": exactly(per_ten_thousand(nodes.sum() * NODE_HOUR)),
        "owned": exactly(per_ten_thousand(owned(358_000, nodes, nodes.max(), ENERGY)), 1e-4),
    }


def domestic() -> dict[str, Range]:
    h20 = whole(OUTPUT, 11_424, 2) + whole(COMPUTED, 16_500, 1)
    ascend = whole(OUTPUT, 310_880, 20) + whole(COMPUTED, 90_480, 2)
    supernodes = 48 * ceil(ascend.max() / 48)
    return {
        "910C hired": exactly(per_ten_thousand(ascend.max() * 62_000 / 730 / 7.25 * 24), 1e-4),
        "910C owned": exactly(per_ten_thousand(owned(170_833, ascend, supernodes, 11.65 * 1.25 * 0.056)), 1e-4),
        "H20 owned": exactly(per_ten_thousand(owned(1_090_000 / 7.25, h20, h20.max(), ENERGY)), 1e-4),
    }


def cache_hits() -> dict[str, Range]:
    return {
        "machines saved": exactly((published(computed=PROMPTS) - published()).sum() * NODE_HOUR),
        "income passed on as lower prices": exactly(342e3 * (0.55 - 0.14)),
    }


def night_lost() -> float:
    """Share of the day's income that the night prices give away, half of the hours at 0 and 8 o'clock."""
    share = np.where((CLOCK >= 1) & (CLOCK < 8), 1.0, np.where((CLOCK == 0) | (CLOCK == 8), 0.5, 0.0))
    night = (OUTPUT * share).sum() / OUTPUT.sum()
    return float(night * (1 - (266e3 * 0.135 + 342e3 * 0.035 + 168e3 * 0.55) / DAY_INCOME))


def lent() -> Range:
    """Blocks at 0 and 4 o'clock at least; at most every idle node of the window, eight at a time."""
    idle = 8.0 * np.floor((290 - published()[(CLOCK >= 0) & (CLOCK < 9)]) / 8)
    first = min(120.0, idle[:4].min())
    return 4 * (first + min(first + 120, 200.0, idle[4:8].min())), float(np.minimum(idle, 200).sum())


def base() -> dict[str, Range]:
    """A node is committed to when the hours in which it is needed cost more by the hour."""
    nodes = published()
    hours = np.array([(nodes >= rank).sum() for rank in range(1, int(nodes.max()) + 1)])
    committed = hours * NODE_HOUR > 24 * 8 * 1.30
    cost = np.where(committed, 24 * 8 * 1.30, hours * NODE_HOUR).sum()
    hourly = hours[~committed].sum()
    return {
        "saved by a committed base": exactly(100 * (1 - cost / (nodes.sum() * NODE_HOUR))),
        "of node-hours by the hour": exactly(100 * hourly / (hourly + 24 * committed.sum())),
    }


def walk() -> dict[str, Range]:
    """Machines of the steps, M CNY a month."""
    hour = NODE_HOUR * MONTH
    up = 1 - 7.8 * 2.2 / 8760
    rate = 5 * 217.8 / up * OUTPUT.max() / OUTPUT.mean()
    day = exactly(published().sum() * hour)
    small = exactly(published(100 / 168).sum() * hour)
    return {
        "the provider's sum": exactly(24 * ceil(FLAT / 217.8) * hour),
        "standby": exactly(24 * ceil(FLAT / (5 * 217.8)) * hour),
        "failures": exactly(24 * ceil(FLAT / (5 * 217.8 / up)) * hour),
        "peak": exactly(whole(FLAT * OUTPUT / OUTPUT.mean(), rate, 1).sum() * hour),
        "rate per node": small,
        "price": small,
        "size": day,
        "night price": day,
        "free share": day,
    }


NODES = published()
OPTIMUM_MARGIN = DAY_INCOME / (NODES.sum() * NODE_HOUR)

SUMS: dict[str, Range] = {
    "users_per_2000_gpus": exactly(102.1, 1e-3),
    "a_billion_users": exactly(75.6, 1e-3),
    "price_war": exactly(87_072 * 7.25 / 168_000),
    "small_vendors": (NODES.max() * 1.2, NODES.max() * 3),
    "box_140k": exactly(8.32, 1e-3),
    "box_1m": exactly(59.5, 1e-3),
    "training_by_night": exactly(1_230),
    "worth_of_training": exactly(1.866, 1e-3),
    "idle_clusters": exactly(15.6),
}
"""Figures of the questions that came without one, in the unit of their statement."""

ANSWERS: dict[str, Callable[[], dict[str, Range]]] = {
    "provider_income": lambda: {"income": exactly(CLAIM_INCOME * MONTH)},
    "machines_450": lambda: machines(217.8),
    "machines_360": lambda: machines(217.8, 0.8),
    "machines_270": lambda: machines(363.0),
    "provider_margin": lambda: {
        "margin": exactly(100 * (1 - ceil(FLAT / 217.8) * 24 * NODE_HOUR * 0.8 / CLAIM_INCOME))
    },
    "four_hundred_machines": four_hundred,
    "margin_on_cost": lambda: {"margin": exactly(100 * (OPTIMUM_MARGIN - 1))},
    "margin_on_income": lambda: {"margin": exactly(100 * (1 - 1 / OPTIMUM_MARGIN))},
    "rate_over_all_nodes": lambda: {"optimum": exactly(tokens_per_node(168e9, NODES.mean()))},
    "times_an_h200": against_h200,
    "concurrent_users": lambda: {
        "mean": exactly(OUTPUT.mean() / 21e3),
        "peak": exactly(OUTPUT.max() / 21e3),
    },
    "share_of_daily_users": lambda: {"peak": exactly(100 * OUTPUT.max() / 21 / 24e6)},
    "speed_of_a_user": speed,
    "users_per_2000_gpus": per_2000,
    "a_billion_users": billion,
    "break_even_price": lambda: {"published units": exactly(16 / OPTIMUM_MARGIN)},
    "price_war": price_war,
    "small_vendors": lambda: {
        "published units": exactly(NODES.max()),
        **small_vendors(),
    },
    "hundred_customers": lambda: {"standing ready": (3.0, 5.0)},
    "ten_thousand_customers": lambda: {
        # bursts of independent customers: three deviations of 3 / sqrt(10,000) each, and a tail that is no normal's
        "bursts alone": (1 + 3 * 0.03, 1 + 5 * 0.03),
        "with the day": (OUTPUT.max() / OUTPUT.mean(), OUTPUT.max() / OUTPUT.mean() * (1 + 5 * 0.03)),
    },
    "box_100k": box_100k,
    "box_140k": lambda: {"users, day and night": box_users(box_day(140_000, 0.5))},
    "box_1m": lambda: {"users, day and night": box_users(box_day(1_000_000, 12.75))},
    "nvidia_per_ten_thousand": nvidia,
    "domestic_per_ten_thousand": domestic,
    "cache_hits": cache_hits,
    "night_discount": lambda: {"lost": exactly(100 * night_lost(), 1e-4)},
    "training_by_night": lambda: {"lent to training": lent()},
    "worth_of_training": lambda: {
        "gain": (lent()[0] * (8 - ENERGY) * MONTH, lent()[1] * (8 - ENERGY) * MONTH)
    },
    "idle_clusters": base,
    "fine_tuning": lambda: {
        # energy of the nine node-hours that carry 8.62, in whole nodes and hours
        "beside inference": (8.62 * ENERGY * MONTH * 1e3, (floor(8.62) + 1) * ENERGY * MONTH * 1e3)
    },
}
"""Bounds of the optimiser's answers by statement and label."""
