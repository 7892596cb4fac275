"""The figures of a plan's summary, in the audit's own arithmetic from the records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import MILLION, SECONDS_PER_HOUR
from planner.verify.audit.carbon import emitted_kg, kilowatts
from planner.verify.audit.places import site as site_of_hardware

if TYPE_CHECKING:
    from planner.verify.audit.facts import Facts


def figures(facts: Facts) -> dict[str, float]:
    """Figures by name; those that the instance gives no data for are left out."""
    hours = facts.calendar.counted_hours
    held = sum(facts.held.values(), np.zeros(facts.periods))
    used = sum(facts.nodes_in_use.values(), np.zeros(facts.periods))
    found = {
        "nodes_peak": float(held.max()),
        "nodes_mean": float(held @ hours / hours.sum()),
        "node_hours_held": float(held @ hours),
        "node_hours_used": float(used @ hours),
    }
    if found["node_hours_held"] > 0:
        found["utilisation_of_held_nodes"] = found["node_hours_used"] / found["node_hours_held"]
    if facts.instance.horizon.repeats_per_year is not None and not facts.instance.stages:
        found["cost_per_year"] = facts.plan.cost * facts.instance.horizon.repeats_per_year
    if facts.instance.baseline is not None:
        nodes = np.resize(np.asarray(facts.instance.baseline.nodes, dtype=np.float64), facts.periods)
        found["baseline_node_hours"] = float(nodes @ hours)
        found["node_hours_saved"] = float(nodes @ hours) - found["node_hours_held"]
    return found | _per_token(facts) | _income(facts) | _put_off(facts) | _energy(facts) | _carbon(facts)


def _energy(facts: Facts) -> dict[str, float]:
    """Kilowatt-hours of nodes in use and of idle ones, and joules of both for each token that they serve, where all of
    that is known.
    """
    busy, beside, sites = 0.0, 0.0, facts.instance.sites
    running = [name for name, nodes in facts.nodes_in_use.items() if nodes.any()]
    if not running or not all(facts.nodes[name].power_kw for name in running):
        return {}
    for name in facts.instance.fleet:
        here = sites.get(site_of_hardware(facts.instance, name))
        losses = 1000.0 * SECONDS_PER_HOUR * (here.pue if here is not None else 1.0)
        use = (facts.nodes[name].power_kw or 0.0) * facts.nodes_in_use[name]
        busy += losses * float(facts.calendar.counted_hours @ use)
        beside += losses * float(facts.calendar.counted_hours @ (kilowatts(facts, name) - use))
    hours, tokens = facts.calendar.counted_hours, 0.0
    for asked in facts.asked.values():
        per_s = asked["input_tokens_per_s"] + asked["output_tokens_per_s"]
        tokens += SECONDS_PER_HOUR * float(per_s @ hours)
    found = {"energy_kwh": busy / 3.6e6}
    if any(own.idle_power_kw_per_node is not None for own in facts.instance.hardware.values()):
        found["idle_energy_kwh"] = beside / 3.6e6
    if tokens and not facts.plan.shed and not facts.plan.outsourced:
        found["joules_per_token"] = (busy + beside) / tokens
    return found


def _carbon(facts: Facts) -> dict[str, float]:
    """Kilograms that nodes emit; nothing where no site says what energy emits."""
    if all(site.carbon_g_per_kwh is None for site in facts.instance.sites.values()):
        return {}
    return {"carbon_kg": emitted_kg(facts)}


def _millions(facts: Facts, key: str) -> float:
    per_s = sum((series[key] for series in facts.asked.values()), np.zeros(facts.periods))
    return float(per_s @ facts.calendar.cost_hours) * SECONDS_PER_HOUR / MILLION


def _per_token(facts: Facts) -> dict[str, float]:
    prompt, output = _millions(facts, "input_tokens_per_s"), _millions(facts, "output_tokens_per_s")
    found = {}
    if output > 0:
        found["cost_per_million_output_tokens"] = facts.plan.cost / output
    if prompt + output > 0:
        found["cost_per_million_tokens"] = facts.plan.cost / (prompt + output)
    return found


def _income(facts: Facts) -> dict[str, float]:
    """Income were every token sold, and what of it is left on the cost; no margin on a cost of nothing or less."""
    income = 0.0
    for name, workload in facts.instance.workloads.items():
        usual, window = workload.price_usd_per_million_tokens, workload.off_peak
        if usual is None:
            continue
        tokens, share = facts.asked[name], np.zeros(facts.periods)
        prices = [(usual.input_hit, usual.input_miss, usual.output)] * 2
        if window is not None:
            other = window.price_usd_per_million_tokens
            prices[1] = (other.input_hit, other.input_miss, other.output)
            share = facts.calendar.share_of_window(window.from_hour, window.to_hour)
        cached = tokens["cached_tokens_per_s"]
        kinds = (cached, tokens["input_tokens_per_s"] - cached, tokens["output_tokens_per_s"])
        for part, row in zip((1.0 - share, share), prices, strict=True):
            per_s = sum(price * kind for price, kind in zip(row, kinds, strict=True))
            earned = float((part * per_s) @ facts.calendar.cost_hours) * SECONDS_PER_HOUR / MILLION
            income += earned * (1.0 - workload.free_share)
    if income <= 0:
        return {}
    cost = facts.plan.cost
    return {"income": income} | ({"margin_on_cost": (income - cost) / cost} if cost > 0 else {})


def _put_off(facts: Facts) -> dict[str, float]:
    """Of the work that may wait, the share that does; the oldest is served first."""
    weight, came, waits = facts.calendar.weight, 0.0, 0.0
    for place, work in enumerate(facts.rates.works):
        if facts.instance.workloads[work.workload].deferral is not None:
            arrived = facts.demand[place] * facts.calendar.period_hours
            came += float(arrived @ weight)
            waits += float(np.minimum(facts.waiting[place], arrived) @ weight)
    return {"put_off_share": waits / came} if came > 0 else {}
