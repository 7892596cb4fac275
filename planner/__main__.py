"""`python -m planner`: the same as the command `planner`."""

from planner.cli.entry import main

main()
