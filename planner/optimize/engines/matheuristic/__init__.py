"""Plans of a whole program by a matheuristic: relaxation, relax-and-fix, large-neighbourhood search. See README.md.

In: a program as bare arrays, with what its columns are about. Out: plans, each checked against every row. May not
enter: any family of constraints by name, and any proof; bounds come from the engine that runs beside it.
"""
