"""Verify: judges of a plan that share no formula with what made it.

`audit` recomputes costs and rules from the instance and the rates; `certificate` works a bound out anew;
`simulation` replays requests against the plan. In: instance, rates, plan, certificate. Out: verdicts and measures.
May not enter: `planner.model` and `planner.optimize`, whose work is judged here.
"""
