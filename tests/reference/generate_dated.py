"""Random questions with stages and limits on cash, near what the cheapest plan without them costs."""

from __future__ import annotations

from itertools import accumulate
from random import Random

from tests.reference.generate import Data, instance_of
from tests.reference.generate_extras import stages
from tests.reference.reference import optimum

WITHOUT_PRICE = ("existing", "spend_commitment")
"""Kinds of channel whose nodes have no price that is paid for them."""


def dated_instance_of(seed: int) -> Data:
    """The instance of a seed with stages, so that what is paid has a date, and limits on cash that often bind."""
    draw, instance = Random(f"dated {seed}"), instance_of(seed)
    if "stages" not in instance:
        stages(draw, instance)
        instance.get("limits", {}).pop("change", None)
    if not draw.randrange(2):
        instance.pop("limits", None)
    for channels in instance["fleet"].values():
        for name in ("lease", "buy") if draw.random() < 0.5 else ():
            channels[name] = _signed(draw, name)
    free = optimum(instance)
    if free.status == "optimal" and free.expected > 0:
        limits = instance.setdefault("limits", {})
        by_stage = free.expected / len(instance["stages"])
        kinds = draw.choice([("stage",), ("funding",), ("stage", "funding")])
        if "stage" in kinds:
            limits["cash_usd_per_stage"] = round(by_stage * draw.uniform(0.9, 2.0), 2)
        if "funding" in kinds:
            limits["peak_funding_usd"] = round(free.expected * draw.uniform(0.9, 1.4), 2)
    return instance


def late_instance_of(seed: int) -> Data:
    """The instance of a seed, with stages or not, of which nodes of every kind come some while after the beginning."""
    draw, instance = Random(f"late {seed}"), instance_of(seed)
    if "stages" not in instance and draw.random() < 0.5:
        stages(draw, instance)
        instance.get("limits", {}).pop("change", None)
    hours = instance["horizon"]["period_hours"]
    begins = list(accumulate(stage["years"] for stage in instance.get("stages", {}).values()))
    within = [hours * draw.choice([0.5, 1.0, 2.0]), hours * instance["horizon"]["periods"]]
    leads = [begin * 8760 for begin in begins] if len(begins) > 1 else within
    for channels in instance["fleet"].values():
        for name in ("lease", "buy") if draw.random() < 0.3 else ():
            channels[name] = _signed(draw, name)
        for channel in channels.values():
            if draw.random() < 0.5:
                channel["lead_time_hours"] = draw.choice(leads)
            if channel["kind"] not in WITHOUT_PRICE and draw.random() < 0.3:
                channel["tax_share"] = draw.choice([0.06, 0.25])
    if "stages" in instance:
        _follow_an_index(draw, instance)
    return instance


def _follow_an_index(draw: Random, instance: Data) -> None:
    """Prices of some channels move as a series does."""
    for channel in [one for channels in instance["fleet"].values() for one in channels.values()]:
        priced = channel["kind"] not in WITHOUT_PRICE and "price_change_per_year" not in channel
        if priced and draw.random() < 0.4:
            channel["price_index"] = "rents"
            after, level = draw.choice([([0, 1, 2.5], [100, 138, 90]), ([0.5, 2], [1.0, 0.6]), ([3], [7])])
            instance["price_indices"] = {"rents": {"after_years": after, "level": level}}


def _signed(draw: Random, kind: str) -> Data:
    """A channel that is paid at once more or less than it costs by the year."""
    if kind == "buy":
        return {
            **{"kind": "purchase", "price_usd_per_node": float(draw.choice([20_000, 60_000, 120_000]))},
            **{"life_years": draw.choice([0.75, 1.5, 4.0]), "residual_share": draw.choice([0.0, 0.3])},
            "rest_value_share": draw.choice([0.0, 1.0]),
        }
    return {
        **{"kind": "lease", "price_usd_per_node_month": float(draw.choice([1000, 3000]))},
        **{"term_months": draw.choice([9.0, 12.0, 30.0]), "rest_value_share": draw.choice([0.0, 1.0])},
        "upfront_usd_per_node": draw.choice([0.0, 5000.0, 30_000.0]),
    }
