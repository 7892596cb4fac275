"""Parameters of the search for plans: fleets, their plans, schedules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.optimize.parameters import Parameters, parameter, share

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = "mean cost of an hour"


@dataclass(frozen=True)
class HeuristicParameters(Parameters):
    """Time against quality of plans. No value touches a proof: plans are checked row by row."""

    plan_groups: int = parameter(500, "Groups of periods on which fleets are compared, at most.", "groups")
    coarse_groups: int = parameter(
        50, "Groups on which many fleets are compared before that, at most.", "groups"
    )
    fine_groups: int = parameter(
        100_000, "Groups of the plan that is made in the end: more than a year has periods.", "groups"
    )

    few_hardware: int = parameter(
        4, "So many kinds of hardware are few: hours are searched to proof.", "kinds", least=0
    )
    limits: tuple[float, ...] = parameter(
        (0.025, 0.08, 0.3, 1.0, 4.0),
        "Limits on the reduced cost of an hour, one after another.",
        HOUR,
        least=1e-9,
    )
    many_hardware_limits: tuple[float, ...] = parameter(
        (0.1, 0.3, 1.0, 4.0),
        "The same among many kinds: the first at which every group is served is the last.",
        HOUR,
        effect="cost of the plan: halved -0.11 %, doubled +0.04 %",
        least=1e-9,
    )
    combinations: int = parameter(
        20_000,
        "Combinations looked at in a search of the hours.",
        "combinations",
        effect="cost of the plan: halved +0.35 %, doubled -0.27 %",
    )
    price_steps: int = parameter(
        20, "Demand prices that agree to such a part of the highest are searched together.", "steps"
    )
    priced_share: float = share(
        0.3,
        "Groups below such a share of the highest demand price, in some role, are searched at the highest.",
    )
    pairs_of_moves: int = parameter(
        60, "Moves of two pools at once that are tried around a fleet.", "moves", least=0
    )
    kicks: int = parameter(3, "Random steps away from the best fleet where no move helps.", "steps", least=0)
    known_in_a_row: int = parameter(
        2000, "Fleets in a row that were looked at before, after which none is thought to be left.", "fleets"
    )

    polish_combinations: tuple[int, ...] = parameter(
        (20_000, 60_000, 200_000),
        "Combinations looked at in the plan of the best fleet, deeper and deeper.",
        "combinations",
    )
    polish_growth: float = parameter(
        3.0, "A deeper search is expected to take so many times as long as the one before.", "times"
    )
    polish_rest: float = parameter(
        4.0,
        "Fleets are compared for so many times as long as it took to make a plan of the last one.",
        "times",
        least=0,
    )

    move_share: float = share(
        1e-3,
        "Share of the cost of a period that each move counts for which serves works on shared units.",
    )
    near_periods: int = parameter(
        3, "Periods before and after whose units are candidates of a period.", "periods"
    )
    candidates: int = parameter(
        90,
        "Candidates of a period beside the units that stand near it.",
        "sets of units",
        effect="cost of the plan: halved no difference, doubled +0.38 %",
    )
    least_gain: float = parameter(
        1e-6,
        "Gain from which a schedule is cheaper; a node-hour typically costs 10.",
        "money of the search",
        least=1e-9,
    )
    long_periods: int = parameter(500, "More periods than that are improved run by run.", "periods")
    run_periods: int = parameter(168, "Periods of a run: a week of hours.", "periods", least=2)
    passes: int = parameter(2, "Rounds over the runs before windows are rearranged too.", "rounds", least=0)
    run_windows: int = parameter(
        20, "Windows rearranged in a run, in each round after that.", "windows", least=0
    )
    shortest_window: int = parameter(8, "Periods of a window, at least.", "periods", least=3)
    longest_window: int = parameter(31, "Periods of a window, at most.", "periods", least=3)
    poll_seconds: float = parameter(
        0.2, "Time between looks at whether to stop.", "s", least=0.001, most=60.0
    )
    nearby_fleets: int = parameter(12, "Fleets nearby whose hours are kept to take windows from.", "fleets")
    nearby_steps: int = parameter(4, "Such a fleet is fewer steps away than that.", "steps")

    near_share: float = share(
        0.002,
        "Searched further: fleets whose polished schedule is at most so much dearer than the best fleet's was.",
    )
    fruitless_tries: int = parameter(
        25, "Fruitless tries in a row after which the search of a fleet that is not the best ends.", "tries"
    )
    hopeless_share: float = share(
        0.01, "Not looked at: fleets that cost so much more than the best one even with starts for nothing."
    )
    other_fleet_share: float = share(
        0.2, "Share of the tries that look at another fleet instead of other hours."
    )
    neighbour_steps: int = parameter(2, "Such a fleet is so many steps away at most.", "steps")

    def contradictions(self) -> Iterator[str]:
        """A window that is shorter at most than at least."""
        if self.shortest_window > self.longest_window:
            yield (
                "HeuristicParameters.shortest_window: must not be above longest_window, "
                f"{self.shortest_window} is above {self.longest_window}"
            )
