"""What of a question the decomposition covers, as arrays.

In: the sets of a model (`planner.model.Sets`) and what its parts say by their `Treatment`. Out: a `Structure` (demand
by role, units, pools held throughout, hires by period), `NotCovered` with the reason where a part is not covered, the
`FleetBounds` that a set of fleets is given by, and the check of a plan's rows. May not enter: prices of a search,
solvers, anything that chooses.
"""
