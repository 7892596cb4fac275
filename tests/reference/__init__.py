"""A second model of the same question, to judge the planner by.

Written from the JSON schema, the docstrings of `planner.instance` and the README alone, as plain rows for
`scipy.optimize.milp`. It reads instances as plain data and takes no arithmetic from the planner.
"""
