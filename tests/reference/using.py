"""Nodes in use, by the GPUs under running units, and lent; what is left after a loss."""

from __future__ import annotations

from typing import Any

from tests.reference.offers import running_price, serving_share, tariff
from tests.reference.program import Terms
from tests.reference.question import Question, times, total
from tests.reference.timeline import Slot


def add_using(question: Question) -> dict[tuple[str, str, int], int]:
    """Columns of the nodes of each channel in use in each slot."""
    used = {}
    for hardware, name, channel in question.channels():
        for slot in question.slots:
            column = used[hardware, name, slot.index] = question.program.column()
            price = running_price(channel, question.power_kw(hardware), question.timeline, slot)
            price += site_energy_price(question, hardware, channel, slot)
            money = price * question.timeline.hours * slot.repeats
            question.spend(column, money, slot.stage, slot.scenario)
            serving = times(
                -serving_share(channel, *question.domain(hardware)), question.held[hardware, name, slot.index]
            )
            question.program.row([(column, 1.0), *serving], upper=0.0)
            _stand_idle(question, hardware, name, channel, slot, column)
    for hardware in question.instance["hardware"]:
        for slot in question.slots:
            _survive(question, hardware, slot.index)
    return used


def _stand_idle(
    question: Question, hardware: str, name: str, channel: dict[str, Any], slot: Slot, used: int
) -> None:
    """Nodes held beside those in use cost what they draw, where their owner pays for energy."""
    draw = question.idle_kw(hardware)
    price = tariff(channel, question.timeline, slot) + site_tariff(question, hardware, channel, slot)
    if not draw * price:
        return
    money = draw * price * question.timeline.hours * slot.repeats
    for column, nodes in [*question.held[hardware, name, slot.index], (used, -1.0)]:
        question.spend(column, money * nodes, slot.stage, slot.scenario)


def _needed(question: Question, hardware: str, slot: int) -> Terms:
    """Nodes under running units."""
    return [
        (question.on[place, slot], float(unit.nodes))
        for place, unit in enumerate(question.units)
        if unit.hardware == hardware
    ]


def _survive(question: Question, hardware: str, slot: int) -> None:
    """When many nodes of a spot channel are taken at once, a share of the nodes in use must remain."""
    channels = question.instance["fleet"].get(hardware, {})
    serving = {
        name: times(serving_share(channel, *question.domain(hardware)), question.held[hardware, name, slot])
        for name, channel in channels.items()
    }
    for name, channel in channels.items():
        loss = channel.get("correlated_loss")
        if loss is None:
            continue
        busy = [*_needed(question, hardware, slot), *question.lent.get((hardware, slot), [])]
        lost = times(-loss.get("lost_share", 1.0), serving[name])
        question.program.row(
            [*total(list(serving.values())), *lost, *times(-loss["kept_share"], busy)], lower=0.0
        )


def site_energy_price(question: Question, hardware: str, channel: dict[str, Any], slot: Slot) -> float:
    """What the site of one's own node asks for the energy of an hour of use; what is hired has it in its price."""
    power = channel.get("power_kw") or question.power_kw(hardware) or 0.0
    return site_tariff(question, hardware, channel, slot) * power


def site_tariff(question: Question, hardware: str, channel: dict[str, Any], slot: Slot) -> float:
    """The same for a kilowatt of the node."""
    name = channel.get("site") or question.instance["hardware"][hardware].get("site")
    site = question.instance.get("sites", {}).get(name, {})
    if channel["kind"] not in ("purchase", "existing") or "energy_usd_per_kwh" not in site:
        return 0.0
    price = site["energy_usd_per_kwh"]
    per_kwh = price[slot.period] if isinstance(price, list | tuple) else price
    return float(per_kwh * site.get("pue", 1.0))
