"""Bound and plan at scale: periods apart, tied by the fleet alone.

In: the sets of a model (`planner.model.Sets`), a time limit, a gap, a warm start if there is one. Out: `Decomposed`,
the best plan as values of the model's variables and a proven lower bound of its cost, or `NotCovered` with the reason
in words. May not enter: a part of the model that does not say by its `Treatment` what may be done with it; HiGHS in the
host's process (only `worker` and what it imports load it); an engine's claim where arithmetic can prove the same.

`README.md` beside this file is the chapter: the problem, the bound and its proof, the search, the processes, the files
in reading order, the literature.
"""
