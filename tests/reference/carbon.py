"""What nodes emit that run something or stand idle: at a price of their site, and all of it within a limit."""

from __future__ import annotations

from tests.reference.program import Terms
from tests.reference.question import Question, times, total
from tests.reference.sites import stands
from tests.reference.timeline import Slot

G_PER_KG, KG_PER_T = 1000.0, 1000.0


def add_carbon(question: Question) -> None:
    """Its cost, and the limit on all of it as it is expected."""
    limit, terms = (question.instance.get("limits") or {}).get("carbon_kg"), []
    for hardware in question.instance["fleet"]:
        site = question.instance.get("sites", {}).get(stands(question.instance, hardware)[0], {})
        for slot in question.slots:
            kg_per_kw = question.timeline.hours * _kg_per_kwh(question, hardware, slot)
            usd = kg_per_kw / KG_PER_T * site.get("carbon_usd_per_t", 0.0)
            chance = question.timeline.probabilities[slot.scenario]
            for column, kilowatts in _kilowatts(question, hardware, slot):
                question.spend(column, usd * kilowatts * slot.repeats, slot.stage, slot.scenario)
                terms.append((column, kg_per_kw * kilowatts * question.timeline.repeats(slot.stage) * chance))
    if limit is not None:
        question.program.row(terms, upper=limit)


def _kilowatts(question: Question, hardware: str, slot: Slot) -> Terms:
    """Nodes under running units at their power, all others that are held at their idle draw."""
    busy = [
        (question.on[place, slot.index], float(unit.nodes))
        for place, unit in enumerate(question.units)
        if unit.hardware == hardware
    ]
    held = total([question.held[hardware, name, slot.index] for name in question.instance["fleet"][hardware]])
    idle = question.idle_kw(hardware)
    return [*times((question.power_kw(hardware) or 0.0) - idle, busy), *times(idle, held)]


def _kg_per_kwh(question: Question, hardware: str, slot: Slot) -> float:
    site = question.instance.get("sites", {}).get(stands(question.instance, hardware)[0], {})
    grams = site.get("carbon_g_per_kwh") or 0.0
    of_slot = grams[slot.period] if isinstance(grams, list | tuple) else grams
    return float(site.get("pue", 1.0) * of_slot / G_PER_KG)
