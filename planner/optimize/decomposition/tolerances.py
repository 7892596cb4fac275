"""Numerical tolerances that proofs and checks rest on. They are fixed: no parameter may move them.

A bound stays below the optimum, and a plan within the rows of the model, only while these hold together: what is
taken off a bound covers the rounding of its sum, and what a search may leave unserved only lowers a bound.
"""

UNSERVED_SHARE = 1e-9
"""Share of a demand that a search may leave unserved: less than an engine on the whole program forgives."""
CAPACITY_ROUNDING_SHARE = 1e-12
"""Share by which a capacity table must grow for a step: less can be the order of a sum."""
WHOLE_NODES = 1e-9
"""So near to a whole number of nodes is one, in nodes."""
NODES_SLACK = 1e-6
"""Nodes by which a plan's use of nodes may exceed those that serve."""
ROW_TOLERANCE = 1e-6
"""By how much a plan may break a row of the whole program, in the row's own units."""
PRICE_DIGITS = 10
"""Prices that are equal to so many decimal digits are one; the smaller is kept."""
SHIFT_DIGITS = 9
"""The same of what the prices of starts add to a node in use; the least is kept."""
ALIKE_RATES = 1e-12
"""Classes of periods are not split where all that units do agrees to such a share."""
ANY_GAP = 1e9
"""A relative gap that every plan keeps."""
SHORTAGE_SHARE = 1e-7
"""Only what is short by more than such a share is called infeasible."""
BOUND_SAFETY_SHARE = 1e-9
"""Share taken off every bound, for the rounding of sums of floating-point numbers."""
CUTOFF_MARGIN_SHARE = 4 * BOUND_SAFETY_SHARE
"""A cutoff is set so much higher, since the safety share is taken off the bound that is to reach it."""
HOUR_SAFETY_SHARE = 1e-6
"""Share taken off the bound of an hour, of the numbers that the engine works with: covers its tolerances."""
HOUR_WITNESSES = 8
"""Units of a period that are kept to hold later claims against, the latest."""
NEGATIVE_PRICE_SHARE = 1e-10
"""A price below zero by no more than such a share of the largest is zero."""
ACCURACY_SLACK_SHARE = 1e-3
"""Covers are listed so much of the accuracy beyond a limit, so that none at the limit is lost to rounding."""
FREE_SHARE = 1e-9
"""So small a share of the largest price is nothing."""
TYPICAL_NODE_HOUR = 10.0
"""A node-hour typically costs so much in the money of the search, so that no tolerance is an amount of USD."""
NO_MONEY = 1e-9
"""So little is no amount, in the money of the search."""
SMALLEST = 1e-300
"""In place of zero where a number divides."""
NOTHING = 1e-12
"""Divisors are at least this: what is divided by it is zero as well."""
LISTED_SLACK_SHARE = 1e-9
"""A certificate lists units so much further than the search did: its judge takes prices of the instance, unrounded."""
UNSERVED_MARGIN_SHARE = 4e-9
"""A certificate states so much less than the bound: its judge lets plans miss a share of a demand, twice a search's."""
SHORTAGE_MULTIPLE = 4.0
"""Of fleets that cannot serve a certificate proves so many times the bound."""
SAME_PRICE_SHARE = 1e-12
"""Prices that differ by no more than such a share are the same, worked out in another order."""
PROBABLE_SHARE = 1e-3
"""Share of the weights of scenarios that stays with their probabilities: hours of all of them count for something."""
SAME_WEIGHT = 1e-7
"""Weights of works that agree to such a share of the largest are one row."""
