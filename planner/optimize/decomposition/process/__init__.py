"""What runs beside the search for plans, and where a run stands.

In: a `BoundRequest` to the process of the bound, cutoffs on its way; a question for an engine on the whole program.
Out: bounds, prices and schedules as they come, and `Progress` with the incumbent, the bound and the reason to stop.
`worker` is the main program of the process of the bound and alone loads HiGHS. May not enter: how plans are searched.
"""
