"""What nodes under running units emit: at a price of its site, and all of it within a limit."""

from __future__ import annotations

from tests.reference.question import Question
from tests.reference.sites import stands
from tests.reference.timeline import Slot

G_PER_KG, KG_PER_T = 1000.0, 1000.0


def add_carbon(question: Question) -> None:
    """Its cost, and the limit on all of it as it is expected."""
    limit, terms = (question.instance.get("limits") or {}).get("carbon_kg"), []
    for place, unit in enumerate(question.units):
        site = question.instance.get("sites", {}).get(stands(question.instance, unit.hardware)[0], {})
        for slot in question.slots:
            kg = (
                float(unit.nodes) * question.timeline.hours * _kg_per_node_hour(question, unit.hardware, slot)
            )
            usd = kg / KG_PER_T * site.get("carbon_usd_per_t", 0.0)
            column = question.on[place, slot.index]
            question.spend(column, usd * slot.repeats, slot.stage, slot.scenario)
            chance = question.timeline.probabilities[slot.scenario]
            terms.append((column, kg * question.timeline.repeats(slot.stage) * chance))
    if limit is not None:
        question.program.row(terms, upper=limit)


def _kg_per_node_hour(question: Question, hardware: str, slot: Slot) -> float:
    site = question.instance.get("sites", {}).get(stands(question.instance, hardware)[0], {})
    grams = site.get("carbon_g_per_kwh") or 0.0
    of_slot = grams[slot.period] if isinstance(grams, list | tuple) else grams
    return (question.power_kw(hardware) or 0.0) * site.get("pue", 1.0) * of_slot / G_PER_KG
