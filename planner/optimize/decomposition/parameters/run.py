"""Parameters of a run: which method, which parts of it, and how its time is shared."""

from __future__ import annotations

from dataclasses import dataclass

from planner.optimize.parameters import Parameters, parameter, share

CELLS = "whole unit counts"


@dataclass(frozen=True)
class RunParameters(Parameters):
    """Sizes at which a question is treated otherwise, and shares of the time."""

    direct_cells: int = parameter(
        150, "Size up to which an engine takes the whole program at once (`method=auto`).", CELLS, least=0
    )
    concurrent_cells: int = parameter(
        1200, "Size up to which an engine solves the whole program once the bound has ended.", CELLS, least=0
    )
    early_start_pricing_cells: int = parameter(
        600, "Size up to which every start gets a price as soon as fleets are few.", CELLS, least=0
    )
    start_pricing_cells: int = parameter(
        4000, "Size up to which every start gets a price where branching has ended.", CELLS, least=0
    )
    lower_cutoff_share: float = share(
        1e-3, "A cutoff that fell by such a share is worth a new look at whether the fleets are few."
    )

    whole_cells: int = parameter(
        1000,
        "Size up to which engines race on the whole program where the hourly problem does not have all of it.",
        CELLS,
        least=0,
    )
    most_whole_cells: int = parameter(
        60000,
        "Size beyond which the fleet is searched period by period all the same, before engines take the whole program.",
        CELLS,
        least=0,
    )
    beside_share: float = share(
        0.25,
        "Share of the time for the bound beside a search on the whole program: its processor is wanted there.",
    )
    begun_share: float = share(
        0.2,
        "Share of the time for a plan of the hourly problem that a search on the whole program begins from.",
    )
    begun_prices_share: float = share(
        0.5,
        "Share of the time that such a plan waits for prices at most.",
    )
    begun_growing: float = parameter(
        3.0,
        "Time for its units to grow until pools stand, as a multiple of the share that it has itself.",
        "times",
        least=0.0,
    )
    shared_nodes_share: float = share(
        0.5,
        "Share of what pools may miss that those of units that share nodes are grown to: they may lie worse.",
    )
    works_rounds: int = parameter(
        8,
        "Rounds of moves after which works on shared units of that plan may still come short.",
        "rounds",
        least=0,
    )
    floors_share: float = share(
        0.2,
        "Share of the time for what every plan has that keeps a promise of availability, where that is a search.",
    )
    unlimited_seconds: float = parameter(600.0, "Time of a run without a time limit.", "s", least=0.1)
    least_seconds: float = parameter(0.1, "Time that is said to be left, at least.", "s", least=0.001)
    first_wait_seconds: float = parameter(
        0.5, "Time between looks for the first prices.", "s", least=0.001, most=60.0
    )
    exhausted_wait_seconds: float = parameter(
        0.05, "Time between looks for better bounds once all fleets are known.", "s", least=0.001, most=60.0
    )
    first_plan_cells: int = parameter(
        600, "Size up to which a first plan comes from the whole program in the same process.", CELLS, least=0
    )
    first_plan_share: float = share(0.25, "Share of the time for that first plan, at most.")
    first_prices_share: float = share(
        0.05, "Share of the time that a first plan waits for prices: without them it holds far too much."
    )
    fleet_share: float = share(
        0.1, "Share of the time for fleets before schedules, or before an engine on the whole program."
    )
    coarse_share: float = share(0.3, "Share of the time for fleets on the coarse grid, at most.")
    coarse_share_per_pool: float = share(0.025, "The same for each pool: more pools, more ways to go astray.")
    schedule_depth: int = parameter(
        1,
        "Position in `polish_combinations` of the search that first schedules begin from.",
        "position",
        least=0,
    )
    patience_share: float = share(
        0.4, "Share of the time without a better schedule after which the search rests as much as it may."
    )
    stalled_share: float = share(
        0.1,
        "Share of the time without a better plan after which an engine takes a small question beside the bound.",
    )
    rest: float = parameter(
        1.0, "Time that the search then leaves to the bound, as a multiple of its own.", "times", least=0
    )
