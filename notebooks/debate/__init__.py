"""The public debate, statement by statement: what was said, the sum behind it, and what the planner answers.

    from debate import STATEMENTS, table
    table(STATEMENTS)

Each theme is a file: the provider's sum, the published day, users, prices, boxes, chips, nights. `waterfall` walks from
the one side's sum to the other's, a premise at a time. It uses nothing but the public face of `planner`.
"""

from debate import boxes, chips, nights, prices, provider, published_day, users
from debate.statement import Input, Question, Statement, options, solver, table
from debate.waterfall import waterfall

STATEMENTS: tuple[Statement, ...] = (
    *provider.STATEMENTS,
    *published_day.STATEMENTS,
    *users.STATEMENTS,
    *prices.STATEMENTS,
    *boxes.STATEMENTS,
    *chips.STATEMENTS,
    *nights.STATEMENTS,
)

__all__ = ["STATEMENTS", "Input", "Question", "Statement", "options", "solver", "table", "waterfall"]
