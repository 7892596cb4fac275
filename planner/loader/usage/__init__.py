"""Usage of what a plan holds, out of bills (FOCUS) and monitoring of nodes; demand is `planner.loader.demand`'s."""
