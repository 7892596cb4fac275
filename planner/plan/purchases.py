"""What a plan holds, split into what is decided once and what is hired by the period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.instance.channels import traits_of
from planner.plan.quantities import held, in_use

if TYPE_CHECKING:
    from planner.plan.contents import Holding, PlanContents

ByChannel = dict[tuple[str, str], list[float]]


def committed(plan: PlanContents) -> list[Holding]:
    """Holdings that are paid for whether used or not, in the order of their start."""
    firm = (holding for holding in plan.holdings if traits_of(holding.kind).committed)
    return sorted(firm, key=lambda holding: (holding.first, holding.hardware, holding.channel))


def signed(plan: PlanContents) -> list[Holding]:
    """What is committed and must be signed for: not the nodes that one has."""
    return [holding for holding in committed(plan) if traits_of(holding.kind).to_be_signed]


def hired(plan: PlanContents) -> list[Holding]:
    """Holdings by the period, given back at its end."""
    return [holding for holding in plan.holdings if not traits_of(holding.kind).committed]


def split_use(plan: PlanContents) -> ByChannel:
    """Nodes of each channel in use in each period.

    Where the plan records use by channel that is taken; elsewhere what is committed is used first, and what is
    hired by the period after it: nodes of one hardware are alike, so the split only names what is idle.
    """
    kinds = {(holding.hardware, holding.channel): holding.kind for holding in plan.holdings}
    reported = {(record.hardware, record.channel): list(record.nodes) for record in plan.use}
    lent = _lent(plan)
    metered = {hardware for hardware, _ in reported}
    left = {hardware: [float(count) for count in counts] for hardware, counts in in_use(plan).items()}
    use: ByChannel = {}
    for key, series in sorted(held(plan).items(), key=lambda item: not traits_of(kinds[item[0]]).committed):
        if key[0] in metered:
            use[key] = reported.get(key, [0.0] * len(plan.periods))
            continue
        rest = left.setdefault(key[0], [0.0] * len(plan.periods))
        use[key] = [min(float(have), want) for have, want in zip(series, rest, strict=True)]
        left[key[0]] = [want - taken for want, taken in zip(rest, use[key], strict=True)]
    return _with_lent(use, {name: nodes for name, nodes in lent.items() if name not in metered}, held(plan))


def _lent(plan: PlanContents) -> dict[str, list[float]]:
    """Nodes lent by hardware in each period."""
    nodes: dict[str, list[float]] = {}
    for record in plan.lent:
        series = nodes.setdefault(record.hardware, [0.0] * len(plan.periods))
        for period in range(record.first, record.last + 1):
            series[period] += record.nodes
    return nodes


def _with_lent(
    use: ByChannel, lent: dict[str, list[float]], have: dict[tuple[str, str], list[float]]
) -> ByChannel:
    """Nodes that are lent are in use too: they take what is idle, channel by channel. Told use has them in it."""
    for key, series in use.items():
        rest = lent.get(key[0])
        if rest is None:
            continue
        for period, count in enumerate(have[key]):
            taken = min(rest[period], max(0.0, count - series[period]))
            series[period] += taken
            rest[period] -= taken
    return use
