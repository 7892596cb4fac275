"""Parameters of the bound: groups of periods, prices, the search of an hour, branching."""

from __future__ import annotations

from dataclasses import dataclass

from planner.optimize.parameters import Parameters, parameter, share

HOUR = "mean cost of an hour"


@dataclass(frozen=True)
class BoundParameters(Parameters):
    """Any value keeps the bound valid: prices are free, and a search that stops early says how far it came."""

    groups: int = parameter(4000, "Groups of periods on which bounds are proven, at most.", "groups")
    price_groups: int = parameter(500, "Groups of periods in the linear relaxation, at most.", "groups")

    whole_price_periods: int = parameter(
        500, "Most periods whose starts are priced in one program, the fleet free in it.", "periods"
    )
    price_run_periods: int = parameter(
        168, "Beyond that: periods of a run that is priced by itself.", "periods"
    )
    price_margin_periods: int = parameter(
        24, "Periods on either side that are priced along with a run.", "periods", least=0
    )
    start_price_steps: tuple[int, ...] = parameter(
        (1, 2, 4),
        "Steps between 0 and 1 that the prices of starts are rounded to; the best bound is taken.",
        "steps",
    )
    relaxation_attempts: int = parameter(
        2, "Solves of the linear relaxation before it is given up, all but the first from nothing.", "solves"
    )
    demand_peak: float = parameter(
        1000.0, "Peak that demands are scaled to in the linear relaxation.", "tokens/s", most=1e6
    )

    weight_rounds: int = parameter(
        6,
        "Linear relaxations that look for weights of scenarios, under a measure of risk, at most.",
        "rounds",
    )
    weight_step: float = parameter(
        1e-6, "Weights of scenarios that would change by less are kept.", "of all", least=0
    )

    price_steps: int = parameter(
        40,
        "Prices that agree to such a part of the largest are searched together, at their mean.",
        "steps",
        effect="gap of the bound: halved and doubled no difference",
    )
    balance_rounds: int = parameter(
        4, "Rounds in which node prices are raised to what a node costs.", "rounds"
    )
    hot_share: float = share(
        0.5, "Share of the highest demand price, in every role, from which a group may pay for more nodes."
    )
    idle_price_share: float = share(
        0.6, "Share of the highest demand price that a group without a price is searched at."
    )

    lookup_buckets: int = parameter(
        4096, "Buckets of the table that looks up the fewest nodes for a demand.", "buckets", least=2
    )
    lookup_cells: int = parameter(
        1 << 17, "Groups times labels that are looked up at once: memory of a search.", "cells"
    )
    lookup_fewest_labels: int = parameter(64, "Labels that are looked up at once, at least.", "labels")
    lookup_first_labels: int = parameter(512, "Labels that are looked up first, at most.", "labels")
    limit_cells: int = parameter(
        48,
        "Cells of the histogram by which the number of combinations below a limit is estimated.",
        "cells",
        least=2,
    )
    limit_zooms: int = parameter(
        4, "Times that the estimate looks closer where all combinations fall into its first cell.", "times"
    )
    limit_margin: float = parameter(
        2.0,
        "Combinations that a first limit may let through, as a multiple of what may be looked at.",
        "times",
    )
    limit_shrink: float = share(
        0.7, "What is left of a limit that let too many combinations through.", most=0.99
    )
    least_limit_share: float = share(
        1e-6, "Share of the limit asked for below which a search with too many combinations gives up."
    )
    dominance_labels: int = parameter(
        300, "Fewer labels than that are not looked through for dominated ones.", "labels"
    )
    fine_dominance_labels: int = parameter(4000, "From so many labels on the finer grid is used.", "labels")
    dominance_bins: int = parameter(64, "Cells of the coarse grid along each role.", "cells")
    fine_dominance_bins: int = parameter(160, "Cells of the fine grid along each role.", "cells")

    split_candidates: int = parameter(2, "Pools along which a range of fleets is tried to be split.", "pools")
    tightening_rounds: int = parameter(2, "Rounds over all ends of a range, cutting them off.", "rounds")
    unused_nodes: float = parameter(
        0.5,
        "Nodes below which the relaxation does not use a pool: it is split nearer to its lower end.",
        "nodes",
        least=0,
    )
    unused_split: int = parameter(4, "One part in so many of an unused pool is split off.", "parts", least=2)
    few_hardware: int = parameter(
        4, "So many kinds of hardware are few: hours are then searched to greater depth.", "kinds", least=0
    )
    quick_limit: float = parameter(0.012, "Limit on the reduced cost in quick bounds.", HOUR, least=1e-9)
    full_limits: tuple[float, ...] = parameter(
        (0.02, 0.05), "Limits on the reduced cost in full bounds.", HOUR, least=1e-9
    )
    deep_limits: tuple[float, ...] = parameter(
        (0.02, 0.05, 0.2, 0.8), "The same among few kinds of hardware.", HOUR, least=1e-9
    )
    leaf_limits: tuple[float, ...] = parameter(
        (0.05, 0.15, 0.5, 2.0), "The same for a single fleet.", HOUR, least=1e-9
    )
    quick_combinations: int = parameter(8_000, "Combinations looked at in a quick bound.", "combinations")
    full_combinations: int = parameter(60_000, "Combinations looked at in a full bound.", "combinations")
    leaf_combinations: int = parameter(240_000, "Combinations looked at for a single fleet.", "combinations")
    least_rise: float = share(
        1e-6, "Rise of a bound that counts for one where halves are compared, of the mean cost of an hour."
    )
