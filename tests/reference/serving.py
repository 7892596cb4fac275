"""Demand met: served by units, shed, or sold on; at once or, where it may wait, by its deadline."""

from __future__ import annotations

import math

from tests.reference.program import Terms
from tests.reference.question import Question, times
from tests.reference.sites import add_links, add_routes, is_sited, stands, waits, ways
from tests.reference.waiting import add_waiting, may_wait
from tests.reference.whole import add_whole_units

SECONDS_PER_HOUR = 3600.0
PER_MILLION = 1e-6
FINE = 2.0**20
"""Time is counted in parts of a unit so small that a solver's tolerance is far below what any work takes."""
MANY_UNITS = 5_000.0
TINY_PROPORTION = 1e-6
Done = dict[tuple[str, int], tuple[Terms, float]]
"""Work per second that is done of a phase in a slot, as an expression and a number."""


def add_serving(question: Question) -> None:
    """All work is done by somebody, and no unit does more than it can."""
    load: dict[tuple[int, int], Terms] = {}
    for workload in question.instance["workloads"]:
        _send_away(question, workload)
        if is_sited(question.instance):
            _serve_at_sites(question, workload, load)
            continue
        done = add_waiting(question, workload) or _at_once(question, workload)
        for phase in question.demand.phases(workload):
            _serve(question, workload, phase, done, load)
    _answer_what_is_read(question)
    add_whole_units(question)
    add_links(question)
    if is_sited(question.instance):
        _no_idlers(question)
    for key, terms in load.items():
        busy = _busy_at_most(question, *key)
        question.program.row(
            times(FINE, [*times(busy, question.serving[key]), *times(-1.0, terms)]), lower=0.0
        )


def _answer_what_is_read(question: Question) -> None:
    """A co-located unit answers what it reads, but for what goes over a link from its site, or has come over one to
    there; work that may wait in the same slot too, where every slot asks for as many answers per prompt."""
    places: dict[tuple[str, int, tuple[str, str]], list[dict[str, Terms]]] = {}
    for (workload, unit, slot), phases in question.shares.items():
        if len(phases) < 2:
            continue
        if may_wait(question, workload):
            _answer_in_the_same_slot(question, workload, slot, phases)
        else:
            here = stands(question.instance, question.units[unit].hardware)
            places.setdefault((workload, slot, here), []).append(phases)
    for (workload, slot, here), units in places.items():
        sent = question.sent.get((workload, slot), {})
        leaves = [(column, 1.0) for way, column in sent.items() if way.link is not None and way.reads == here]
        comes = [
            (column, 1.0) for way, column in sent.items() if way.link is not None and way.answers == here
        ]
        if waits(question.instance["workloads"][workload]):
            leaves = []  # those who read for the link are others
        if not leaves and not comes:
            for phases in units:
                question.program.row([*phases["prefill"], *times(-1.0, phases["decode"])], 0.0, 0.0)
            continue
        for phase, other, passes in (("prefill", "decode", leaves), ("decode", "prefill", comes)):
            handed = [(question.program.column(), phases) for phases in units]
            for column, phases in handed:  # at least what it does of a phase beyond the other
                more = [*phases[phase], *times(-1.0, phases[other])]
                question.program.row([(column, 1.0), *times(-1.0, more)], lower=0.0)
            total = [(column, 1.0) for column, _ in handed]
            question.program.row([*total, *times(-1.0, passes)], upper=0.0)


def _answer_in_the_same_slot(question: Question, workload: str, slot: int, phases: dict[str, Terms]) -> None:
    """Of work that may wait as many answers as go with the prompts; of a stage and scenario whose slots differ, any."""
    here, asked = question.slots[slot], question.demand.work
    block = [one for one in question.slots if (one.stage, one.scenario) == (here.stage, here.scenario)]
    pairs = [(asked(workload, "prefill", one), asked(workload, "decode", one)) for one in block]
    each = [answer / prompt if prompt else math.inf for prompt, answer in pairs if prompt or answer]
    if not each or max(each) == math.inf or max(each) > min(each) * (1 + TINY_PROPORTION) or not max(each):
        return
    prompt, answer = (asked(workload, phase, here) or 1.0 for phase in ("prefill", "decode"))
    read = times(max(each) * prompt / answer, phases["prefill"])
    question.program.row([*read, *times(-1.0, phases["decode"])], 0.0, 0.0)


def _share(question: Question, workload: str, phase: str, slot: int, served: dict[int, Terms]) -> None:
    """Note which share of what a slot asks for each unit that reads and answers does."""
    for place, terms in served.items():
        if {(workload, "prefill"), (workload, "decode")} <= set(question.units[place].rates):
            question.shares.setdefault((workload, place, slot), {})[phase] = terms


def _busy_at_most(question: Question, place: int, slot: int) -> float:
    """Share of its time that a unit may be busy: the least that was measured for the works it can do, if any come."""
    least = 1.0
    for workload, phase in question.units[place].rates:
        given = question.instance["workloads"][workload]
        comes = question.demand.work(workload, phase, question.slots[slot]) > 0
        if comes and waits(given) and _may_come(question, workload, phase, place):
            key = "decode_busy_limit" if phase == "decode" else "prefill_busy_limit"
            least = min(least, given["queueing"][key])
    return least


def _send_away(question: Question, workload: str) -> None:
    """Whole requests are shed, so prompt and answer in the same share."""
    given = question.instance["workloads"][workload]
    in_requests = question.demand.phases(workload) == ("request",)
    price = given.get("shed_usd_per_million_requests" if in_requests else "shed_usd_per_million_tokens")
    for slot in question.slots:
        question.sent_away.setdefault((workload, slot.index), [])
        if price is None:
            continue
        phases = question.demand.phases(workload)
        per_s = sum(question.demand.work(workload, phase, slot) for phase in phases)
        share = question.program.column(upper=1.0)
        money = price * PER_MILLION * per_s * SECONDS_PER_HOUR * question.timeline.hours * slot.repeats
        question.program.cost(share, money, slot.scenario)
        question.sent_away[workload, slot.index].append((share, 1.0))


def _at_once(question: Question, workload: str) -> Done:
    """What is not sent away is done in the slot it arrives in."""
    done = {}
    for phase in question.demand.phases(workload):
        for slot in question.slots:
            work = question.demand.work(workload, phase, slot)
            done[phase, slot.index] = (times(-work, question.sent_away[workload, slot.index]), work)
    return done


def _serve(
    question: Question, workload: str, phase: str, done: Done, load: dict[tuple[int, int], Terms]
) -> None:
    """The units that can do a phase share out what is done of it; `load` is in units, by unit and slot.

    What each serves is counted in shares of what the slot asks for, so that little work is not lost in a tolerance.
    """
    able = [place for place, unit in enumerate(question.units) if (workload, phase) in unit.rates]
    most = sum(question.demand.work(workload, phase, slot) for slot in question.slots) + 1.0
    chosen = _chosen(question, workload, able)
    for slot in question.slots:
        served = {place: question.program.column() for place in able}
        one = question.demand.work(workload, phase, slot) or 1.0
        for place, column in served.items():
            unit = (column, one / question.units[place].rates[workload, phase])
            load.setdefault((place, slot.index), []).append(unit)
            if chosen:
                question.program.row([(column, one), (chosen[place], -most)], upper=0.0)
        if question.demand.work(workload, phase, slot) > 0 or may_wait(question, workload):
            shares = {place: [(column, 1.0)] for place, column in served.items()}
            _share(question, workload, phase, slot.index, shares)
        terms, amount = done[phase, slot.index]
        everybody = [(column, 1.0) for column in served.values()]
        question.program.row([*everybody, *times(-1.0 / one, terms)], amount / one, amount / one)


def _serve_at_sites(question: Question, workload: str, load: dict[tuple[int, int], Terms]) -> None:
    """At every place the units that stand there do what comes to it."""
    for (phase, slot), comes in add_routes(question, workload).items():
        able = [place for place, unit in enumerate(question.units) if (workload, phase) in unit.rates]
        chosen = question.chosen.get((workload, phase))
        if chosen is None:
            chosen = question.chosen[workload, phase] = _chosen(question, workload, able)
        most = sum(question.demand.work(workload, phase, one) for one in question.slots) + 1.0
        served = {place: question.program.column() for place in able}
        for place, column in served.items():
            unit = (column, 1 / question.units[place].rates[workload, phase])
            load.setdefault((place, slot), []).append(unit)
            if chosen:
                question.program.row([(column, 1.0), (chosen[place], -most)], upper=0.0)
        asked = question.demand.work(workload, phase, question.slots[slot])
        if asked > 0:
            shares = {place: [(column, 1.0 / asked)] for place, column in served.items()}
            _share(question, workload, phase, slot, shares)
        for where in {*comes, *(stands(question.instance, question.units[place].hardware) for place in able)}:
            here = [
                (column, 1.0)
                for place, column in served.items()
                if stands(question.instance, question.units[place].hardware) == where
            ]
            question.program.row([*here, *times(-1.0, comes.get(where, []))], 0.0, 0.0)
        if phase == "prefill" and waits(question.instance["workloads"][workload]):
            _keep_caches(question, workload, slot, served)


def _may_come(question: Question, workload: str, phase: str, place: int) -> bool:
    """Whether a work may be done where a unit stands."""
    here = stands(question.instance, question.units[place].hardware)
    ends = [way.answers if phase == "decode" else way.reads for way in ways(question, workload)]
    return not is_sited(question.instance) or here in ends


def _keep_caches(question: Question, workload: str, slot: int, served: dict[int, int]) -> None:
    """Units that answer as well read nothing that goes over a link."""
    for where in {stands(question.instance, question.units[place].hardware) for place in served}:
        both = [
            (column, 1.0)
            for place, column in served.items()
            if any(phase == "decode" for _, phase in question.units[place].rates)
            and stands(question.instance, question.units[place].hardware) == where
        ]
        stay = question.stays.get((workload, slot), {}).get(where, [])
        question.program.row([*both, *times(-1.0, stay)], upper=0.0)


def _no_idlers(question: Question) -> None:
    """Units that may serve nothing where they stand, or that all of their only work passes by, do not run."""
    for place, unit in enumerate(question.units):
        here = stands(question.instance, unit.hardware)
        able = [
            (workload, phase)
            for workload, phase in unit.rates
            if any(
                here == (way.answers if phase == "decode" else way.reads) for way in ways(question, workload)
            )
        ]
        for slot in question.slots:
            on = question.on[place, slot.index]
            if not able:
                question.program.row([(on, 1.0)], upper=0.0)
            for key in able if len(able) == 1 else ():
                chosen = question.chosen.get(key)
                if chosen:
                    question.program.row([(on, 1.0), (chosen[place], -MANY_UNITS)], upper=0.0)


def _chosen(question: Question, workload: str, able: list[int]) -> dict[int, int]:
    """Where all goes to one kind of unit: which."""
    if not question.instance["workloads"][workload].get("single_pool", False):
        return {}
    chosen = {place: question.program.switch() for place in able}
    question.program.row([(column, 1.0) for column in chosen.values()], upper=1.0)
    return chosen
