"""Engines, step by step: what requests meet in units that pass prompts in chunks and write in batches.

In: the step times, the units of a plan with when they run, requests one by one. Out: what was kept, by period. The
equations are in README.md beside this file. Compiled where numba is installed (the extra `simulate`), else the same
lines run as Python, some hundred times slower.
"""
