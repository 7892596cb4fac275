"""Parameters of bounds with a price for every start: column generation, covers, hours, single fleets."""

from __future__ import annotations

from dataclasses import dataclass

from planner.optimize.parameters import Parameters, parameter, share


@dataclass(frozen=True)
class StartsParameters(Parameters):
    """Any value keeps the bound valid: duals are free, and lists that are given up bound less."""

    smoothing: float = share(
        0.5,
        "Duals tried are that share of the way from the master's to the best so far.",
        effect="gap of the bound: halved no difference; doubled not measured",
        most=0.99,
    )
    least_smoothing: float = share(
        0.02, "Column generation ends where a smaller share is left after halving it.", most=0.99
    )

    role_covers: int = parameter(
        8, "Covers of a demand that join the master in a round, roles apart.", "covers"
    )
    role_rounds: int = parameter(
        60, "Rounds of column generation for a range of fleets, roles apart.", "rounds"
    )
    role_tolerance: float = share(1e-4, "Share of the master's cost at which a bound is close to it.")
    role_coarse_tolerance: float = share(1e-3, "The same where the ends of a range are cut off.")
    missing_node_factor: float = parameter(
        1e3, "Price of a node that does not exist, as a multiple of the dearest one.", "times"
    )

    covers_kept: int = parameter(60_000, "Combinations kept before a list of covers is given up.", "covers")
    covers_looked_at: int = parameter(
        1_500_000, "Combinations looked at in a step before a list of covers is given up.", "covers"
    )
    cover_limit_pivots: float = parameter(
        20.0, "Limits above so many times the price of the pivot are not listed.", "times"
    )
    cover_first_share: float = share(
        0.125, "First limit, as a share of what a greedy cover costs beyond the linear bound."
    )
    cover_growth: float = parameter(2.5, "Growth of that limit.", "times", least=1.01)

    node_price_steps: int = parameter(30, "Node prices tried in an hour.", "steps")
    node_price_reach: float = share(
        0.5, "Range around the best node prices, as a share of typical ones.", most=100.0
    )
    node_price_shrink: float = share(0.6, "What is left of that range after a step without gain.", most=0.99)
    least_node_price_reach: float = share(1e-7, "Least such range, as a share of the largest price.")

    pair_first_share: float = share(0.02, "First limit of pairs of covers, as a share of the gap of an hour.")
    pair_growth: float = parameter(2.5, "Growth of that limit.", "times", least=1.01)
    pairs_looked_at: int = parameter(
        3_000_000, "Pairs of covers of an hour before its integer program decides.", "pairs"
    )
    remembered_patterns: int = parameter(64, "Patterns remembered of a period.", "patterns")
    hour_program_seconds: float = parameter(
        2.0, "Time limit of the integer program of an hour.", "s", least=0.01, most=600.0
    )
    accuracy_share: float = share(1e-4, "Share of the bound that the hours together are known to.")

    patterns_known: int = parameter(
        40_000, "Patterns known before the dearer half is forgotten.", "patterns", least=2
    )
    first_patterns: int = parameter(20, "Patterns of a period in the first master.", "patterns")
    new_patterns: int = parameter(10, "New patterns of a period in a round of pricing.", "patterns")
    pricing_rounds: int = parameter(12, "Rounds of pricing known patterns before a proof.", "rounds")
    taken_share: float = share(1e-6, "Share of a pattern in the master's optimum from which it is taken.")

    enumerated_fleets: int = parameter(
        200_000, "Fleets that are few enough for each to get a bound of its own.", "fleets", least=0
    )
    table_pairs: int = parameter(400_000, "Pairs of covers of an hour before the limit is lowered.", "pairs")
    table_patterns: int = parameter(
        20, "Patterns of an hour that are best for one fleet, handed to column generation.", "patterns"
    )
    table_first_share: float = share(
        0.1, "Patterns are listed up to such a share of what an hour costs above the least of theirs."
    )
    table_shrink: float = share(0.6, "What is left of that limit where patterns are too many.", most=0.99)
    table_least_share: float = share(1e-4, "An hour whose limit falls below such a share is not listed.")

    role_gain: float = share(
        0.02, "Prices with the roles apart go on while they close so much of what a fleet misses."
    )
    range_gain: float = share(
        0.01, "A round for a range counts as fruitless where it closes less of what is missing."
    )
    range_patience: int = parameter(
        8,
        "Fruitless rounds in a row after which a range is given up for one half as wide.",
        "rounds",
        least=0,
    )
    range_near: float = share(
        0.05, "A range is given up too where its bound is that near to all it can reach, of what is missing."
    )
