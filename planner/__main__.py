"""`python -m planner`: the same as the command `planner`."""

from planner.app.cli.entry import main

main()
