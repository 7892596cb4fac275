"""Whole units that work asks for, in exact fractions: what a solver's tolerance would overlook.

Work that must be done at once, by units of which each is as fast as the others at it, takes so many units' time.
Whatever works are taken together, the units that can do any of them are no fewer (Hall, J. London Math. Soc. 10, 1935).
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations

from tests.reference.question import Question
from tests.reference.timeline import Slot

MOST_WORKS = 6


def add_whole_units(question: Question) -> None:
    """One row for each set of a slot's works."""
    for slot in question.slots:
        loads = _loads(question, slot)
        for count in range(1, len(loads) + 1):
            for chosen in combinations(loads, count):
                able = frozenset().union(*(loads[work][0] for work in chosen))
                least = math.ceil(sum(loads[work][1] for work in chosen))
                question.program.row([(question.on[place, slot.index], 1.0) for place in able], lower=least)


def _loads(question: Question, slot: Slot) -> dict[tuple[str, str], tuple[frozenset[int], Fraction]]:
    """Units that can do a work, and how many of them its time fills; works that may be left or wait have no place."""
    found: dict[tuple[str, str], tuple[frozenset[int], Fraction]] = {}
    for name, given in question.instance["workloads"].items():
        free = given.keys() & {"shed_usd_per_million_requests", "shed_usd_per_million_tokens", "deferral"}
        if free or question.instance.get("vendors"):
            continue
        for phase in question.demand.phases(name):
            able = [place for place, unit in enumerate(question.units) if (name, phase) in unit.rates]
            rates = {question.units[place].rates[name, phase] for place in able}
            amount = question.demand.work(name, phase, slot)
            if len(rates) == 1 and amount > 0 and len(found) < MOST_WORKS:
                found[name, phase] = (frozenset(able), _exact(amount) / _exact(rates.pop()))
    return found


def _exact(value: float) -> Fraction:
    """A number as people write it: products of doubles leave errors in the last digits."""
    return Fraction(f"{value:.13g}")
