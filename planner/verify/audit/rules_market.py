"""Rules on vendors, lending, spend commitments, spot losses and limits on the whole plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_MONTH, HOURS_PER_WEEK
from planner.verify.audit.carbon import emitted_kg
from planner.verify.audit.costs import cost_of_commitment, record_terms
from planner.verify.audit.facts import COUNTED, TOLERANCE
from planner.verify.audit.lending_blocks import is_block
from planner.verify.audit.places import channel_site
from planner.verify.audit.sellers import seller_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.verify.audit.broken import Broken
    from planner.verify.audit.costed import CostedFacts
    from planner.verify.audit.facts import Facts, Key


def _over(
    where: str, what: str, value: NDArray[np.float64], most: NDArray[np.float64] | float
) -> Iterator[Broken]:
    """Periods in which `value` lies above `most`."""
    limit = np.broadcast_to(np.asarray(most, dtype=np.float64), value.shape)
    for period in np.flatnonzero(value > limit + TOLERANCE * np.maximum(np.abs(value), np.abs(limit))):
        message = f"{what} {value[period]:,.6g}, at most {limit[period]:,.6g}"
        yield f"{where} in period {period}", message, float(value[period] - limit[period])


def outsourcing(facts: Facts) -> Iterator[Broken]:
    """Vendors take only what they may, no more than there is, within their rate limits."""
    instance = facts.instance
    total = {name: np.zeros(facts.periods) for name in instance.workloads}
    tokens = {name: np.zeros(facts.periods) for name in instance.vendors}
    for record in facts.plan.outsourced:
        where = f"{record.workload} at {record.vendor}"
        known = record.vendor in instance.vendors and record.workload in instance.workloads
        if not known or not _takes(facts, record.vendor, record.workload):
            yield where, "the vendor does not take this workload", 1.0
            continue
        share = np.asarray(record.share)
        if share.shape != (facts.periods,) or (share < 0.0).any():
            yield where, "shares must be one a period, none negative", 1.0
            continue
        total[record.workload] += share
        series = facts.asked[record.workload]
        tokens[record.vendor] += share * (series["input_tokens_per_s"] + series["output_tokens_per_s"])
    for name, share in total.items():
        yield from _over(name, "share outsourced", share, 1.0)
    for name, rate in tokens.items():
        most = instance.vendors[name].max_tokens_per_s
        if most is not None:
            yield from _over(name, "tokens/s", rate, most)


def _takes(facts: Facts, vendor: str, workload: str) -> bool:
    """Whether a vendor may take a workload: one in tokens, that it does not leave out."""
    allowed = facts.instance.vendors[vendor].workloads
    in_tokens = facts.instance.workloads[workload].demand.requests_per_s is None
    return in_tokens and (allowed is None or workload in allowed)


def lent_blocks(facts: Facts) -> Iterator[Broken]:
    """Every record of lending is a block on offer, in whole multiples."""
    for record in facts.plan.lent:
        taker = facts.instance.lending.get(record.lending)
        where = f"{record.lending} periods {record.first}-{record.last}"
        if taker is None or taker.hardware != record.hardware:
            yield where, "no such taker of this hardware", float(record.nodes)
            continue
        if not is_block(taker, facts.calendar, record.first, record.last):
            yield where, "no such block on offer", float(record.nodes)
        if record.nodes < 0 or record.nodes % taker.block_nodes:
            yield where, f"{record.nodes} nodes are not a multiple of {taker.block_nodes}", 1.0


def lending(facts: Facts) -> Iterator[Broken]:
    """Nodes lent stay within cap and ramp, and are nodes held for longer than by the hour."""
    for name, taker in facts.instance.lending.items():
        lent = facts.lent_to(name)
        yield from _over(name, "nodes lent", lent, float(taker.max_nodes))
        if taker.ramp_nodes_per_hour is not None:
            before = np.where(np.arange(facts.periods) % facts.calendar.each, np.roll(lent, 1), 0.0)
            most = taker.ramp_nodes_per_hour * facts.calendar.period_hours
            yield from _over(name, "change of nodes lent", np.abs(lent - before), most)
    for hardware in {taker.hardware for taker in facts.instance.lending.values()}:
        keys = [
            key
            for key, channel in facts.channels.items()
            if key[0] == hardware and not seller_of(channel).by_the_period
        ]
        lendable = sum((facts.held[key] for key in keys), np.zeros(facts.periods))
        yield from _over(hardware, "nodes lent", facts.nodes_lent[hardware], lendable)
        yield from _lent_in_use(facts, hardware, keys)


def _lent_in_use(facts: Facts, hardware: str, lendable: list[Key]) -> Iterator[Broken]:
    """Where use is recorded by channel, nodes lent are on channels that may be lent, whose running cost they pay."""
    reported = [record for record in facts.plan.use if record.hardware == hardware]
    if not reported:
        return
    mine = [record for record in reported if (hardware, record.channel) in lendable]
    use = [np.asarray(record.nodes) for record in mine if len(record.nodes) == facts.periods]
    where = f"{hardware} of channels that may be lent"
    yield from _over(where, "nodes lent", facts.nodes_lent[hardware], sum(use, np.zeros(facts.periods)))


def spending(facts: Facts) -> Iterator[Broken]:
    """Nodes draw no more on a commitment than is committed, and commitments are on offer."""
    for record in facts.plan.committed:
        if record.commitment not in facts.instance.spend_commitments:
            yield record.commitment, "no such commitment", record.per_hour
    for name, commitment in facts.instance.spend_commitments.items():
        drawn, paid = np.zeros(facts.periods), np.zeros(facts.periods)
        for key, channel in facts.channels.items():
            drawing = seller_of(channel).draws(channel, facts.nodes[key[0]])
            if drawing is not None and drawing[0] == name:
                drawn += facts.held[key] * drawing[1]
        for record in facts.plan.committed:
            if record.commitment != name or not facts.within(record.first, record.last):
                continue
            paid[record.first : record.last + 1] += record.per_hour
            steps = record.per_hour / commitment.increment_usd_per_hour
            on_offer = cost_of_commitment(facts, record) is not None
            if not on_offer or abs(steps - round(steps)) > COUNTED * max(1.0, steps) or record.per_hour < 0:
                yield (
                    f"{name} periods {record.first}-{record.last}",
                    "no such commitment on offer",
                    record.per_hour,
                )
        yield from _over(name, f"{facts.instance.currency}/h drawn", drawn, paid)
        if commitment.max_usd_per_hour is not None:
            yield from _over(
                name, f"{facts.instance.currency}/h committed", paid, commitment.max_usd_per_hour
            )


def supply(facts: Facts) -> Iterator[Broken]:
    """No channel delivers more in a week than it can."""
    week = facts.calendar.week
    chance = np.array(facts.calendar.probabilities)[facts.calendar.scenario]
    counted = np.bincount(week, weights=facts.calendar.counted_hours / chance) / HOURS_PER_WEEK
    weeks = np.maximum(1.0, counted)
    for key, channel in facts.channels.items():
        if channel.max_new_nodes_per_week is None:
            continue
        taken, most = np.zeros(len(weeks)), channel.max_new_nodes_per_week * weeks
        for record in facts.plan.holdings:
            if (record.hardware, record.channel) == key and facts.within(record.first, record.last):
                taken[week[record.first]] += record.nodes
        for number in np.flatnonzero(taken > most + TOLERANCE):
            message = f"{taken[number]:g} nodes taken, at most {most[number]:g} can be had"
            yield f"{'.'.join(key)} in week {number}", message, float(taken[number] - most[number])


def spot_losses(facts: Facts) -> Iterator[Broken]:
    """Enough nodes remain in every scenario of loss."""
    for key, channel in facts.channels.items():
        loss = seller_of(channel).lost(channel)
        if loss is None:
            continue
        lost_share, kept_share = loss
        left = facts.serving_nodes(key[0]) - lost_share * facts.serving(key)
        due = kept_share * (facts.nodes_in_use[key[0]] + facts.nodes_lent[key[0]])
        yield from _over(f"{'.'.join(key)} lost", "nodes due", due, left)


def single_pools(facts: Facts) -> Iterator[Broken]:
    """A work that may not be split is served by one kind of unit."""
    for place, work in enumerate(facts.rates.works):
        if facts.instance.workloads[work.workload].single_pool:
            units = np.flatnonzero((facts.served[:, place] > 0.0).any(axis=1))
            if len(units) > 1:
                yield work.name, f"is split over {len(units)} kinds of unit", float(len(units))


def limits(facts: CostedFacts) -> Iterator[Broken]:
    """Money, carbon, power, providers and variety stay within the limits that are given."""
    given, money = facts.instance.limits, facts.instance.currency
    capex = _capex_by_year(facts)
    if given.capex_usd is not None:
        yield from _over("plan", f"capex {money}", np.array([sum(capex.values())]), given.capex_usd)
    for year, paid in capex.items() if given.capex_usd_per_year is not None else ():
        yield from _over(
            f"year {year} of the plan",
            f"capex {money}",
            np.array([paid]),
            given.capex_usd_per_year or 0.0,
        )
    if given.usd_per_month is not None:
        months = float(facts.calendar.cost_hours.sum()) / HOURS_PER_MONTH
        spent = sum(record_terms(facts).values())
        yield from _over("plan", f"{money} a month", np.array([spent / months]), given.usd_per_month)
    if given.carbon_kg is not None:
        yield from _over("plan", "kg of carbon dioxide", np.array([emitted_kg(facts)]), given.carbon_kg)
    if given.hardware_types is not None:
        held = {key[0] for key, series in facts.held.items() if series.any()}
        yield from _over(
            "plan", "kinds of hardware", np.array([float(len(held))]), float(given.hardware_types)
        )
    for provider, limit in given.providers.items():
        keys = [key for key, channel in facts.channels.items() if channel.provider == provider]
        held_there = sum((facts.held[key] for key in keys), np.zeros(facts.periods))
        yield from _over(provider, "nodes due", np.full(facts.periods, float(limit.min_nodes)), held_there)
        if limit.max_nodes is not None:
            yield from _over(provider, "nodes held", held_there, float(limit.max_nodes))
    for site, site_limit in given.sites.items():
        yield from _over(site, "kW", _power(facts, site), site_limit.power_kw)


def _capex_by_year(facts: Facts) -> dict[int, float]:
    """USD paid at the start of holdings, by the year of the plan they begin in."""
    paid: dict[int, float] = {}
    year = np.floor(facts.calendar.opens[facts.calendar.stage] + TOLERANCE)
    for record in facts.plan.holdings:
        quote = facts.quote(record.hardware, record.channel, record.first, record.last)
        if quote is not None and quote.capex:
            when = int(year[record.first])
            paid[when] = paid.get(when, 0.0) + quote.capex * record.nodes
    return paid


def _power(facts: Facts, site: str) -> NDArray[np.float64]:
    """Nodes in use at their power, the others of what is held there at what they draw idle."""
    power = np.zeros(facts.periods)
    for key, channel in facts.channels.items():
        if channel_site(facts.instance, *key) != site:
            continue
        busy = np.zeros(facts.periods)
        for record in facts.plan.use:
            if (record.hardware, record.channel) == key and len(record.nodes) == facts.periods:
                busy += np.asarray(record.nodes)
        each = seller_of(channel).power_kw(channel, facts.nodes[key[0]])
        power += each * busy + facts.nodes[key[0]].idle_kw * (facts.held[key] - busy)
    return power


market_rules = (
    ("outsourcing", outsourcing),
    ("lent blocks", lent_blocks),
    ("lending", lending),
    ("spending", spending),
    ("supply", supply),
    ("spot losses", spot_losses),
    ("single pools", single_pools),
    ("plan limits", limits),
)
