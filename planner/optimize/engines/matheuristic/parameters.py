"""Every number of the matheuristic that trades time against quality, with its meaning, unit and default.

None of them can make a bound false or a plan wrong: plans are checked against every row, and bounds come from others.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.optimize.parameters import Parameters, parameter, share

LEADERS = "integer columns"


@dataclass(frozen=True)
class MatheuristicParameters(Parameters):
    """Sizes of parts and shares of the time.

    >>> MatheuristicParameters().override(window_leaders=400)
    """

    relaxation_share: float = share(0.5, "Share of the time for the linear relaxation, at most.")
    fleet_share: float = share(
        0.1, "Share of the time for the columns of many periods, all others relaxed, at most."
    )
    fleet_gap: float = share(1e-3, "Relative gap at which these are settled.")
    construction_share: float = share(
        0.5, "Share of the time for one construction by relax-and-fix, at most."
    )
    begun_gap: float = share(
        0.1,
        "A plan to begin from that is as near to the relaxation, as a share of its cost, is improved at once.",
    )
    hint_rise: float = parameter(
        2.0,
        "How much more of a leader than a hint has that is no plan the construction takes near it.",
        "units",
        "a week of three workloads, cost and seconds of a processor: 242,639 in 32 without hint, 235,660 in 3.4",
        least=0,
    )
    construction_leaders: int = parameter(
        70, "Integer columns of a window of the construction, about.", LEADERS, least=1
    )
    quick_gap: float = share(
        0.03, "Gap of a window of the first construction, as a share of its part of the cost: a plan soon."
    )
    fine_gap: float = share(
        0.01,
        "The same of the second construction: decided with what is ahead in view, windows need less improvement.",
        "a week, cost and seconds of a processor: 510,871 in 8 at 0.03, 508,629 in 12 at 0.01, 508,283 in 30 at 0.003",
    )
    fine_time: float = parameter(
        2.5, "Time that the second construction is thought to take, as a multiple of the first.", "times"
    )
    construction_seconds: float = parameter(
        2.0, "Processor time for a window of the construction, at most.", "s", least=0.001
    )
    behind_time: float = parameter(
        3.0,
        "A window of the construction has so many times its share of what is left of the construction's time, at most.",
        "times",
    )
    least_construction_seconds: float = parameter(
        0.2, "Processor time for a window of the construction, whatever is left.", "s", least=0.001
    )
    long_windows: float = parameter(
        2.0, "So many windows of the construction a column spans that counts as one of the fleet.", "windows"
    )
    lookahead_windows: float = parameter(
        1.5, "Relaxed periods on either side of a window, as a multiple of it.", "windows", least=0
    )
    part_leaders: int = parameter(
        200,
        "Integer columns of a neighbourhood at first; each kind then grows or shrinks.",
        LEADERS,
        least=1,
    )
    part_seconds: float = parameter(
        2.0,
        "Processor time for a neighbourhood, at most.",
        "s",
        "gain a second of windows of 300, 600 and 1,000 columns in 1, 2 and 4 s on a week: 19, 53 and 9 USD",
        least=0.001,
    )
    part_effort: float = share(
        0.3,
        "Share of the work in a neighbourhood that HiGHS gives to its heuristics.",
        "gain of a week's windows in 10 s: 236 to 359 USD, 202 to 311 USD against HiGHS's own 0.05",
    )
    part_share: float = share(0.1, "Share of the time for one neighbourhood, at most.")
    part_gap_share: float = share(
        0.02, "Gap at which a neighbourhood is settled, as a share of the gap of the plan to the relaxation."
    )
    growth: float = parameter(
        1.3, "Growth of a neighbourhood that was settled in a third of its time.", "times", least=1.0001
    )
    shrinkage: float = share(0.8, "What is left of the size of one that was not settled and gained nothing.")
    memory: float = share(0.3, "Weight of the last trial in the reward of a kind of neighbourhood.")
    exploration: float = share(0.25, "Share of trials that go to kinds without regard to their reward.")
    least_weight: float = share(
        0.1, "Weight of a period that costs no more than in the relaxation, as a share of the mean weight."
    )
    tired_share: float = share(
        0.3, "Weight of a period, in the choice of windows, once a window around it gained nothing."
    )


DEFAULTS = MatheuristicParameters()
"""What holds where nobody says otherwise."""
