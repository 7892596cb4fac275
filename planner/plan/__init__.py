"""Plan: the answer as a noun, with its tables, its purchases, its summary and its file format.

In: an instance (`planner.instance`) and the decisions that `planner.model` decodes. Out: `Plan`, data frames,
plan.json. May not enter: rates, solvers, the model, pictures; views are attached from above
(`planner.core.attached`).
"""
