"""Optimize: from a model to a proven plan.

`pipeline` lets `search` choose the method and the audit decide; `engines` run programs in processes of their own and
judge what solvers claim; `decomposition` bounds and builds plans period by period; `infeasibility` tells what
is short and the cheapest repair. In: sets and models (`planner.model`). Out: a plan with a status, a bound
and a gap that were proven. May not enter: formulas of costs or constraints (they are the model's), studies,
views.
"""
