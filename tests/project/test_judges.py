"""What the audit and the verifier of certificates take from the rooms below: what is not declared here fails.

A judge shares nouns with what it judges, and the facts that both stand on, never a formula that turns them into a
promise, a price or a limit. Each name says why it may be shared; imports for type checkers alone are types.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JUDGES = ("planner/verify/audit", "planner/verify/certificate", "planner/verify/own_lengths.py")
SHARED = {
    "kernels": "facts of accelerators and models, and how fast requests of one length run",
    "kernels.cache kept_bytes state_bytes": "bytes of a model's cache: a fact of the model",
    "kernels.queueing PromptReading": "a noun: what `pass_cap` is asked with",
    "kernels.queueing node_unavailability": "the kernel's law of one node's failures; what it means is convolved anew",
    "kernels.queueing pass_cap slot_cap ttft_cap": "laws of waits, tried by simulation; what goes in is anew",
    "kernels.queueing pooled_peak": "the kernel's law of the load of customers, tried against its sums",
    "planner.core.errors Fault InstanceError": "how faults are told",
    "planner.core.solution Method": "a noun: names of methods",
    "planner.core.units BITS_PER_BYTE GIGA MILLION MS_PER_SECOND PER_MILLION SECONDS_PER_MS": "definitions of units",
    "planner.core.units HOURS_PER_DAY HOURS_PER_MONTH HOURS_PER_WEEK HOURS_PER_YEAR SECONDS_PER_HOUR": "the same",
    "planner.instance Phase Role": "nouns",
    "planner.instance.doubts doubts": "what a question says of itself, word by word; that a plan says it is judged",
    "planner.instance.length_choices as_planned open_splits": "which question a plan answers: how the file is read",
    "planner.instance.queueing Queueing": "a noun: what goes without saying where nothing is said",
    "planner.instance.workload KEEP_TPOT": "the share that a promised time per token is kept for: what the word means",
    "planner.loader from_dict": "how a question is read",
    "planner.plan.margins LOAD RATE is_margin": "how keys of the summary begin: how a plan file names its figures",
    "planner.plan.node_names NodeName sold_by_gpu": "how a plan file names nodes",
    "planner.plan.tables in_file": "which tables a plan file holds",
    "planner.rates.compute compute_rates": "rates are the facts that plans are judged by; lengths are tried one by one",
    "planner.rates.doubts rate_doubts": "what rates say of themselves, word by word; that a plan says it is judged",
    "planner.rates.failing node_failures swap_hours": "what the instance says of failures, or else the catalog",
    "planner.rates.kernel all_alike asked_of conditions_of": "how the kernel is asked about one length",
    "planner.rates.kernel_detail KERNEL": "the name of a source",
    "planner.rates.nodes node_of": "facts of a node, of the instance or else the catalog",
    "planner.rates.options expand": "which units there are to ask about",
    "planner.rates.request_lengths request_lengths": "lengths that rates are computed for: what the file says",
    "planner.rates.unused_nodes unused_nodes": "the same of nodes that one has",
}


def imported(source: str) -> set[str]:
    """Module and name of everything that a file takes from outside the judges when it runs."""
    tree = ast.parse(source)
    typed = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in typed:
            continue
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module} {one.name}" for one in node.names}
    return {name for name in found if name.split(".")[0].split()[0] in ("planner", "kernels")}


def declared() -> set[str]:
    spelled = (line.split() for line in SHARED)
    return {f"{module} {name}".strip() for module, *names in spelled for name in names or [""]}


def taken() -> dict[str, str]:
    """What the judges take from other rooms, and a file that does."""
    files = [file for judge in JUDGES for file in sorted((ROOT / judge).rglob("*.py")) or [ROOT / judge]]
    assert len(files) > 40
    return {
        name: str(file.relative_to(ROOT))
        for file in files
        for name in imported(file.read_text(encoding="utf-8"))
        if not name.startswith("planner.verify.")
    }


def test_judges_take_nothing_undeclared_from_the_rooms_below() -> None:
    found = taken()
    assert {name: file for name, file in found.items() if name not in declared()} == {}
    assert declared() - {*found} == set()  # what nobody takes any more is not declared either
    assert all(SHARED.values())


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from planner.rates.waits import wait_cap", "planner.rates.waits wait_cap"),
        ("def late():\n    from planner.model import build", "planner.model build"),
        ("import planner.rates.waits as waits", "planner.rates.waits"),
    ],
)
def test_an_import_is_found_wherever_it_stands(source: str, name: str) -> None:
    assert imported(source) == {name}
    assert name not in declared()


def test_types_alone_are_free() -> None:
    free = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from planner.rates import Rates\nimport numpy"
    assert imported(free) == set()
