"""What the records of a plan cost by term, in the audit's own arithmetic; the expected cost over all scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import GIGA, PER_MILLION, SECONDS_PER_HOUR
from planner.verify.audit.carbon import carbon_cost
from planner.verify.audit.drawn import idle_usd
from planner.verify.audit.places import label, prompt_token_bytes, site
from planner.verify.audit.sellers import SELLERS, seller_of
from planner.verify.audit.starts import start_prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.instance.token_prices import TokenPrices
    from planner.instance.vendor import Vendor
    from planner.plan.contents import Committed, Holding, Lent, Outsourced
    from planner.verify.audit.facts import Facts


def record_terms(facts: Facts) -> dict[str, float]:
    """Money by term. Terms without a record are left out."""
    parts = [_holdings(facts), *(part(facts) for part in dict.fromkeys(ARITHMETIC.values()))]
    return {name: money for part in parts for name, money in part.items()}


def known_terms() -> frozenset[str]:
    """Terms that a plan can have, each with arithmetic of its own here; the premium is worked out with the risk."""
    return frozenset({*(seller.term for seller in SELLERS.values()), *ARITHMETIC, "risk_premium"})


def cost_of_holding(facts: Facts, record: Holding) -> float | None:
    """What a holding costs; None where no channel sells it."""
    quote = facts.quote(record.hardware, record.channel, record.first, record.last)
    return None if quote is None else quote.price * record.nodes


def list_cost_of(facts: Facts, record: Outsourced) -> float:
    """What a vendor charges for a record before discounts."""
    return float(list_price(facts, record.vendor, record.workload) @ _shares(facts, record))


def credit_of(facts: Facts, record: Lent) -> float:
    """What a record of lending earns."""
    price = facts.instance.lending[record.lending].price_usd_per_node_hour
    return float(facts.calendar.cost_hours[record.first : record.last + 1].sum()) * price * record.nodes


def cost_of_commitment(facts: Facts, record: Committed) -> float | None:
    """What a promise to spend costs; None where no such promise can be made."""
    hourly = facts.instance.spend_commitments[record.commitment]
    if hourly.hours is None:
        if (record.first, record.last) != (0, facts.periods - 1):
            return None
        return record.per_hour * float(facts.calendar.cost_hours.sum())
    if facts.calendar.last_of(record.first, hourly.hours, hourly.may_outlast_horizon) != record.last:
        return None
    return record.per_hour * hourly.hours * float(facts.calendar.cost_weight[record.first])


def list_price(facts: Facts, vendor: str, workload: str) -> NDArray[np.float64]:
    """What all of a workload costs at a vendor's list prices, shape [period]; weights counted."""
    tokens, seller = facts.asked[workload], facts.instance.vendors[vendor]
    assert seller.price_usd_per_million_tokens is not None
    share = np.zeros(facts.periods)
    if seller.off_peak is not None:
        share = facts.calendar.share_of_window(seller.off_peak.from_hour, seller.off_peak.to_hour)
    per_s = (1.0 - share) * _per_s(tokens, seller.price_usd_per_million_tokens)
    if seller.off_peak is not None:
        per_s = per_s + share * _per_s(tokens, seller.off_peak.price_usd_per_million_tokens)
    return np.asarray(per_s * SECONDS_PER_HOUR * facts.calendar.cost_hours)


def _per_s(tokens: dict[str, NDArray[np.float64]], prices: TokenPrices) -> NDArray[np.float64]:
    """Money per second at these prices: cached, computed and generated tokens."""
    cached = tokens["cached_tokens_per_s"]
    money = prices.input_hit * cached + prices.input_miss * (tokens["input_tokens_per_s"] - cached)
    return np.asarray((money + prices.output * tokens["output_tokens_per_s"]) * PER_MILLION)


def _shares(facts: Facts, record: Outsourced) -> NDArray[np.float64]:
    share = np.asarray(record.share, dtype=np.float64)
    return share if share.shape == (facts.periods,) else np.zeros(facts.periods)


def _holdings(facts: Facts) -> dict[str, float]:
    terms: dict[str, float] = {}
    for record in facts.plan.holdings:
        cost = cost_of_holding(facts, record)
        if cost is not None:
            term = seller_of(facts.channels[record.hardware, record.channel]).term
            terms[term] = terms.get(term, 0.0) + cost
    return terms


def _running(facts: Facts) -> dict[str, float]:
    total = 0.0
    for record in facts.plan.use:
        channel = facts.channels.get((record.hardware, record.channel))
        if channel is not None and len(record.nodes) == facts.periods:
            key = (record.hardware, record.channel)
            total += float(facts.added_usd(key) * facts.calendar.cost_hours @ np.asarray(record.nodes))
    return {"running": total} if total else {}


def _idle(facts: Facts) -> dict[str, float]:
    """Energy of all nodes held, at what they draw while they run nothing; what use adds is another line."""
    total = sum(
        float(
            idle_usd(facts.instance, key, facts.nodes[key[0]], facts.calendar)
            * facts.calendar.cost_hours
            @ nodes
        )
        for key, nodes in facts.held.items()
        if key in facts.channels
    )
    return {"idle_energy": total} if total else {}


def _starts(facts: Facts) -> dict[str, float]:
    cost = float(start_prices(facts.instance, facts.rates) @ facts.started @ facts.calendar.cost_weight)
    return {"start": cost} if cost else {}


def _shed(facts: Facts) -> dict[str, float]:
    total = 0.0
    for work in range(len(facts.rates.works)):
        per_s = float(facts.shed[work] @ facts.calendar.cost_hours)
        total += per_s * SECONDS_PER_HOUR * (facts.shed_price(work) or 0.0) * PER_MILLION
    return {"shed": total} if total else {}


def _vendors(facts: Facts) -> dict[str, float]:
    spent = {name: np.zeros(facts.periods) for name in facts.instance.vendors}
    for record in facts.plan.outsourced:
        if record.vendor in spent and record.workload in facts.asked:
            money = list_price(facts, record.vendor, record.workload) * _shares(facts, record)
            spent[record.vendor] += money
    total = sum(float(money.sum()) for money in spent.values())
    discount = sum(_discount(facts, facts.instance.vendors[name], money) for name, money in spent.items())
    return {"outsource": total} | ({"outsource_discount": -discount} if discount else {}) if total else {}


def _discount(facts: Facts, vendor: Vendor, spent: NDArray[np.float64]) -> float:
    """What tiers take off: each its share of a day's spending from its amount to that of the next."""
    weight, total = facts.calendar.cost_weight, 0.0
    for day in np.unique(facts.calendar.day).tolist():
        inside = facts.calendar.day == day
        of_day = float((spent[inside] / weight[inside]).sum())
        for place, tier in enumerate(vendor.tiers):
            later = vendor.tiers[place + 1 :]
            until = later[0].above_usd_per_day if later else np.inf
            part = min(of_day, until) - tier.above_usd_per_day
            total += max(0.0, part) * tier.discount_share * float(weight[inside][0])
    return total


def _lending(facts: Facts) -> dict[str, float]:
    known = [record for record in facts.plan.lent if record.lending in facts.instance.lending]
    credit = sum(credit_of(facts, record) for record in known if facts.within(record.first, record.last))
    return {"lending": -credit} if credit else {}


def _egress(facts: Facts) -> dict[str, float]:
    """Answers that leave the site they are given at, and KV caches that pass links, by the GB."""
    total = 0.0
    for record in facts.plan.routed:
        given = facts.instance.workloads.get(record.workload)
        if given is None or len(record.share) != facts.periods:
            continue
        hours, series = facts.calendar.cost_hours, facts.asked[record.workload]
        answers = series["output_tokens_per_s"] + series["requests_per_s"]
        homes = {label(facts.instance, one): site(facts.instance, one) for one in facts.instance.fleet}
        leaves = facts.instance.sites.get(homes.get(record.answered_at, ""))
        money = 0.0 if leaves is None else leaves.egress_usd_per_gb * (given.response_bytes or 0.0) * answers
        link = facts.instance.links.get(record.link)
        if link is not None:
            size = prompt_token_bytes(facts.instance, record.workload) or 0.0
            money = money + link.usd_per_gb * size * series["input_tokens_per_s"]
        total += float(np.sum(money * np.asarray(record.share) * hours)) * SECONDS_PER_HOUR / GIGA
    return {"egress": total} if total else {}


def _commitments(facts: Facts) -> dict[str, float]:
    total = 0.0
    for record in facts.plan.committed:
        if record.commitment in facts.instance.spend_commitments and facts.within(record.first, record.last):
            total += cost_of_commitment(facts, record) or 0.0
    return {"spend_commitment": total} if total else {}


ARITHMETIC: dict[str, Callable[[Facts], dict[str, float]]] = {
    "idle_energy": _idle,
    "running": _running,
    "carbon": carbon_cost,
    "idle_carbon": carbon_cost,
    "start": _starts,
    "shed": _shed,
    "outsource": _vendors,
    "outsource_discount": _vendors,
    "lending": _lending,
    "spend_commitment": _commitments,
    "egress": _egress,
}
"""What works a term out from the records of a plan; those of holdings come from the channels' sellers."""
