"""Bounds where starts cost: a price for the start of every unit in every period, by column generation.

In: a `Structure`, and the fleets that branching left (`planner.optimize.decomposition.bound.tree`). Out: bounds of
ranges of fleets and of every fleet by itself, and schedules to begin a search from. May not enter: plans, the host's
process (several files load HiGHS). Section 9 of the chapter in the folder above says why these are bounds.

role_bound          ranges of fleets, the roles apart: milliseconds
hour_search         one period at prices of units: node prices, then pairs of covers
pattern_generation  prices of starts for a range of fleets, improved round by round
fleet_table         every fleet of a range at given prices
fleet_enumeration   all of it: prices for the fleet whose bound is least, which bound the others too
"""
