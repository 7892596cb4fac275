"""Options of `planner sensitivity` parsed from text: inputs and their ranges, cases, probabilities, channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from planner.app.cli.alternatives import share as as_share
from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from planner.instance import Instance

Ends = tuple[float, float]


def moved_input(text: str) -> tuple[str, Ends | None]:
    """`PATH` or `PATH=LOW:HIGH`. Raises BadParameter."""
    path, equals, ends = text.partition("=")
    if not equals:
        return path.strip(), None
    low, _, high = ends.partition(":")
    try:
        pair = _number(low), _number(high)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no range: write {path}=LOW:HIGH") from None
    if not pair[0] < pair[1]:
        raise typer.BadParameter(f"'{text}': {low} is not below {high}")
    return path.strip(), pair


def _number(text: str) -> float:
    """Whole numbers stay whole, since counts of nodes must be. Raises ValueError."""
    return int(text) if text.strip().lstrip("+-").isdecimal() else float(text)


def refuse_misfits(instance: Instance, cases: list[dict[str, Any]]) -> None:
    """Raises InstanceError with every path that there is not, and every value that does not fit."""
    faults: dict[Fault, None] = {}
    for case in cases:
        try:
            instance.override(case)
        except InstanceError as error:
            faults |= {Fault(fault.message, fault.path): None for fault in error.faults}
    if faults:
        raise InstanceError(list(faults))


def known_channel(instance: Instance, label: str) -> str:
    """A channel that there is. Raises InstanceError."""
    from planner.core.suggest import did_you_mean

    known = [f"{hardware}.{name}" for hardware, channels in instance.fleet.items() for name in channels]
    if label not in known:
        raise InstanceError([Fault(f"no channel '{label}'{did_you_mean(label, known)}", "fleet")])
    return label


def named_cases(texts: list[str]) -> dict[str, dict[str, Any]]:
    """Cases by name from `NAME` and `NAME:KEY=VALUE`. Raises BadParameter, InstanceError."""
    from planner.loader import assignments

    changes: dict[str, list[str]] = {}
    for text in texts:
        name, colon, change = text.partition(":")
        changes.setdefault(name.strip(), []).extend([change] if colon else [])
    cases = {name: assignments(given, f"--case {name}:") for name, given in changes.items()}
    if len(cases) < 2:
        raise typer.BadParameter("give two or more cases: --case base --case high:KEY=VALUE")
    return cases


def likelihoods(texts: list[str], names: list[str]) -> dict[str, float] | None:
    """Shares by case. Raises BadParameter unless they name the cases and add up to 1."""
    from planner.loader import assignments

    if not texts:
        return None
    given = assignments(texts, "--probability")
    shares = {name: as_share(value) for name, value in given.items()}
    if set(shares) != set(names) or abs(sum(shares.values()) - 1.0) > 1e-9:
        raise typer.BadParameter(f"give a --probability for each of {', '.join(names)}, adding up to 1")
    return shares
