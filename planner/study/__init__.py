"""Study: questions about questions, each a set of solves or a second look at one plan.

Sweeps, sensitivity, near-optimal plans, uncertainty, evaluation of a given schedule, comparison, explanation,
economics, and the assumptions behind a plan. In: instances and plans. Out: records that views show. May not
enter: drawing, printing, file formats.
"""
