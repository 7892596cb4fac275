"""Mutants of plans: every leaf of a plan's record changed in several ways, and rows dropped, doubled, offset.

A mutant is caught when `planner check` would name something about it: at the door (exit code 3) or in the audit
(exit code 4). What no check can know is listed with its reason.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import planner
from planner.app.cli.common import plan_of_record
from planner.core.errors import InstanceError
from planner.plan.text import parse
from planner.verify.audit.tables import stated_tables
from tests.examples import small
from tests.market.one_node import one_node
from tests.sites.two import two_sites

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

    from planner.instance import Instance
    from planner.rates import Rates

Steps = tuple[Any, ...]
Record = dict[str, Any]

WITHOUT_MEANING = {
    "seconds": "how long it took: nobody can know",
    "seed": "which random choices were made: the plan is judged whatever they were",
    "solver": "who found it: the plan is judged whoever it was",
    "method": "how it was found, as long as it is one of the ways there are",
    "method_reason": "words about the way",
    "versions": "of the programs that found it",
    "gap_asked": "what was asked for: any gap that the proof keeps could have been",
    "recommended_gap": "what is recommended: any gap on the same side of the proof's could have been",
    "limit": "interrupt: whether a proven plan was proven before somebody pressed Ctrl-C",
}

ORDER_ALONE = ("row doubled", "swapped")
"""Changes of a list of sentences that leave all of them there."""
NOTHING_LEFT_OUT = "term of nothing left out"

PRICES = {"input_hit": 0.1, "input_miss": 0.2, "output": 0.4}


def instances() -> dict[str, Instance]:
    """Small instances that together have every record a plan can have."""
    tokens = {"price_usd_per_million_tokens": PRICES, "max_tokens_per_s": 800.0}
    own = {
        **{
            "kind": "purchase",
            "price_usd_per_node": 30_000.0,
            "life_years": 4,
            "power_kw": 5.0,
            "max_nodes": 4,
        },
        **{"energy_usd_per_kwh": [0.05] * 8 + [0.15] * 16},
    }
    chat = "workloads.chat"
    taker = {"hardware": "h800", "price_usd_per_node_hour": 4.0, "block_nodes": 2, "max_nodes": 4}
    return {
        "plain": small(),
        "prices": small(
            {
                f"{chat}.price_usd_per_million_tokens": {key: 9.0 * price for key, price in PRICES.items()},
                "horizon.repeats_per_year": 2920.0,
                "start_up": {"usd_per_node": 2.0, "hours": 0.25, "minimum_up_hours": 2},
                "baseline": {"nodes": [9.0, 9.0, 9.0]},
            }
        ),
        "stages": small(
            {
                "fleet.h800.own": own,
                "stages": {"now": {"years": 1}, "then": {"years": 2, "demand_scale": 1.5}},
                "scenarios": {"low": {"probability": 0.4, "demand_scale": 0.5}, "high": {"probability": 0.6}},
                "risk": {"measure": "cvar", "level": 0.5},
            }
        ),
        "sites": two_sites({"fleet.hn.rent.max_nodes": 2, "sites.south.egress_usd_per_gb": 9.0}),
        "shared": small({"deployments.0.nodes": None, "deployments.0.ep": 2}),
        "market": small(
            {
                "fleet.h800.have": {"kind": "existing", "nodes": 4, "forgone_usd_per_node_hour": 3.0},
                "fleet.h800.covered": {
                    "kind": "spend_commitment",
                    "plan": "p",
                    "price_usd_per_node_hour": 9.0,
                },
                "spend_commitments": {"p": {"increment_usd_per_hour": 9.0, "max_usd_per_hour": 18.0}},
                "vendors": {"v": tokens | {"tiers": [{"above_usd_per_day": 1.0, "discount_share": 0.2}]}},
                "lending": {"night": taker},
            }
        ),
        "waits": small(
            {
                f"{chat}.sla": {"ttft_ms": {"p99": 9000.0}, "tpot_ms": 50.0, "availability": 0.99},
                f"{chat}.queueing": {},
                f"{chat}.lengths": {"input_tokens": 500.0, "output_tokens": 100.0},
                "fleet.h800.rent.max_nodes": 90,
                "fleet.h800.reserve.max_nodes": 90,
            }
        ),
        "deferral": small({f"{chat}.deferral": {"deadline_hours": 2.0}, "fleet.h800.reserve.max_nodes": 9}),
        "shed": small(
            {
                f"{chat}.shed_usd_per_million_tokens": 1.0,
                "fleet.h800.rent.max_nodes": 1,
                "fleet.h800.reserve.max_nodes": 5,
            }
        ),
        "spot": one_node(
            [3.0, 5.0, 1.0],
            {
                "spot": {
                    **{"kind": "spot", "price_usd_per_node_hour": 1.0, "interruptions_per_node_month": 73},
                    **{"restart_hours": 1.0, "correlated_loss": {"lost_share": 0.5, "kept_share": 0.5}},
                },
                "block": {"kind": "contract", "hours": 3, "price_usd_per_node_hour": 0.7, "max_nodes": 2},
            },
        ),
    }


@dataclass(frozen=True)
class Mutant:
    """A changed record as JSON, and what was changed."""

    what: str
    where: Steps
    text: bytes

    @property
    def without_meaning(self) -> bool:
        """Whether nothing could know that it is changed."""
        outside = self.what == "negated"  # of a time, a seed or a gap, whose values nobody can know otherwise
        all_said = self.where[0] == "warnings" and self.what in ORDER_ALONE
        return (self.where[0] in WITHOUT_MEANING and not outside) or self.what == NOTHING_LEFT_OUT or all_said


def mutants_of(record: Record) -> Iterator[Mutant]:
    """Every mutant of a record, one change each."""
    for steps, value in _leaves(record, ()):
        for what, changed in _changes(value):
            yield Mutant(what, steps, _with(record, steps, changed))
        nothing = steps[0] == "cost_terms" and value == 0
        yield Mutant(NOTHING_LEFT_OUT if nothing else "key removed", steps, _without(record, steps))
    for steps, rows in _lists(record, ()):
        yield from _of_rows(record, steps, rows)
    for steps, _ in _tables(record, ()):
        if steps != ("question",):
            yield Mutant("key added", (*steps, "extra"), _with(record, (*steps, "extra"), 1.0))


def verdict_of(mutant: Mutant, instance: Instance, rates: Rates, file: Path) -> list[str]:
    """What `planner check` would say of a mutant; nothing where it finds nothing."""
    try:
        record = parse(mutant.text, str(file))
        plan = plan_of_record(record, file)
    except InstanceError as error:
        return [str(fault) for fault in error.faults]
    return [
        str(one) for one in (*planner.check(instance, plan, rates).violations, *stated_tables(record, plan))
    ]


def sample(mutants: list[Mutant], count: int, random: random.Random) -> list[Mutant]:
    """Some of the mutants, of every kind of leaf as many as of any other, in their order."""
    kinds: dict[tuple[Any, ...], list[int]] = {}
    for place, mutant in enumerate(mutants):
        kind = (mutant.what, *(step for step in mutant.where if isinstance(step, str)))
        kinds.setdefault(kind, []).append(place)
    chosen: list[int] = []
    for places in kinds.values():
        random.shuffle(places)
    while len(chosen) < min(count, len(mutants)):
        for places in kinds.values():
            if places and len(chosen) < count:
                chosen.append(places.pop())
    return [mutants[place] for place in sorted(chosen)]


def same_question(mutant: Mutant, instance: Instance) -> bool:
    """Whether the question of a mutant is the same after all, as where a key that repeats its default is gone."""
    if not mutant.where or mutant.where[0] != "question":
        return False
    try:
        carried = type(instance).model_validate(json.loads(mutant.text)["question"])
    except (ValueError, KeyError):
        return False
    return bool(carried.model_dump() == instance.model_dump())


def _changes(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool) or value is None:
        yield "type", 1.5
        yield "text", "x"
    elif isinstance(value, int | float):
        whole = isinstance(value, int)
        yield "doubled", value * 2 if value else 7
        yield "a little more", value + 1 if whole else value * 1.01 + 0.02
        yield "a little less", value - 1 if whole else value * 0.99 - 0.02
        yield "negated", -value if value else -1
        yield "zeroed", 0 if value else 3
        yield "text", "9"
        yield "null", None
        yield "huge", 10**400
        yield "list", [value]
    elif isinstance(value, str):
        yield "other text", f"{value}x"
        yield "empty text", "" if value else "x"
        yield "number", 1
        yield "half a character", f"{value}\ud800"


def _of_rows(record: Record, steps: Steps, rows: list[Any]) -> Iterator[Mutant]:
    for place in range(len(rows)):
        yield Mutant("row dropped", (*steps, place), _with(record, steps, rows[:place] + rows[place + 1 :]))
    if rows:
        yield Mutant("row doubled", (*steps, 0), _with(record, steps, [rows[0], *rows]))
        yield Mutant("rows gone", steps, _with(record, steps, []))
        yield Mutant("no list", steps, _with(record, steps, None))
    if len(rows) > 1 and rows[0] != rows[1] and not isinstance(rows[0], dict):
        yield Mutant("swapped", (*steps, 0), _with(record, steps, [rows[1], rows[0], *rows[2:]]))
    if len(rows) > 1 and isinstance(rows[0], dict):
        for key in rows[0]:
            if key in rows[1] and rows[0][key] != rows[1][key]:
                first, second = rows[0] | {key: rows[1][key]}, rows[1] | {key: rows[0][key]}
                changed = [first, second, *rows[2:]]
                yield Mutant("swapped between rows", (*steps, 0, key), _with(record, steps, changed))
    for key in ("nodes", "cost", "per_hour"):
        if rows and isinstance(rows[0], dict) and isinstance(rows[0].get(key), int | float):
            more, less = copy.deepcopy(rows[0]), copy.deepcopy(rows[0])
            more[key], less[key] = rows[0][key] + 2, -2
            yield Mutant("offset rows", (*steps, 0, key), _with(record, steps, [more, less, *rows[1:]]))


def _leaves(value: Any, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*steps, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*steps, place))
    else:
        yield steps, value


def _lists(value: Any, steps: Steps) -> Iterator[tuple[Steps, list[Any]]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, list):
        yield steps, value
    for key, one in inner:
        yield from _lists(one, (*steps, key))


def _tables(value: Any, steps: Steps) -> Iterator[tuple[Steps, dict[str, Any]]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, dict):
        yield steps, value
    for key, one in inner:
        yield from _tables(one, (*steps, key))


def _with(record: Record, steps: Steps, value: Any) -> bytes:
    changed = _copied(record, steps)
    here: Any = changed
    for step in steps[:-1]:
        here = here[step]
    here[steps[-1]] = value
    return json.dumps(changed).encode()


def _without(record: Record, steps: Steps) -> bytes:
    changed = _copied(record, steps)
    here: Any = changed
    for step in steps[:-1]:
        here = here[step]
    del here[steps[-1]]
    return json.dumps(changed).encode()


def _copied(record: Record, steps: Steps) -> Record:
    """The record with copies of what lies on the way to a leaf."""
    changed = dict(record)
    here: Any = changed
    for step in steps[:-1]:
        here[step] = copy.copy(here[step])
        here = here[step]
    return changed
