"""Core: what every room stands on and what knows nothing of the question.

Errors and exit codes, files read and written whole, CSV, processes and executors, the solution of a program,
what is attached to nouns from above. In: nothing of this package. Out: everything may use it. May not enter:
instances, money, models, anything that knows what a node is.
"""
