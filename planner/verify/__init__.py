"""Verify: judges of a plan that share no formula with what made it.

`audit` recomputes costs and rules from the instance and the rates; `simulation` replays requests against the
plan. In: instance, rates, plan. Out: verdicts and measures. May not enter: `planner.model` and
`planner.optimize`, whose work is judged here.
"""
