"""Good plans without a proof, by local search over fleets and schedules.

In: a `Structure`, an `HourModel` of it, prices of the linear relaxation, a plan to begin from if there is one. Out:
fleets with their cost, schedules, and values of the model's variables (`plan_values`). Nothing here proves anything:
what is found is checked row by row before it counts. May not enter: bounds, HiGHS.
"""
