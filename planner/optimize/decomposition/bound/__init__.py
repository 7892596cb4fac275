"""Lower bounds of the cost of all fleets, by Lagrangian relaxation and branching on the fleet.

In: a `Structure`. Out: a `Tree` whose `bound` is valid at any time, and prices that searches for plans use. One way
through: `time_aggregation` groups periods, `relaxation` prices them, `hours` finds the least cost of each at these
prices, `lagrangian_bound` adds them up to the bound of a range of fleets, `tree` splits the range. May not enter:
plans; a solver's claim where arithmetic proves the same. `relaxation` loads HiGHS: it stays out of the host's process.
"""
