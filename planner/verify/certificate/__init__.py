"""Certificates: a bound worked out anew from the instance and prices, without a search and without a solver.

`question` says what every plan of an instance pays and serves, by the audit's arithmetic, and refuses instances of
which it does not know that; `scaled` is that in whole quanta, `prices` and `hour` the least cost of an hour at given
prices, `box` what they prove of a range of fleets, `cover` whether ranges leave a fleet out, `prove` the verdict. In:
an instance and a certificate (`planner.plan.certificate`). Out: the bound that it proves. May not enter:
`planner.model`, `planner.optimize`, solvers.
"""
