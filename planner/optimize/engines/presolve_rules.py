"""Presolve rules of HiGHS that integer programs are solved without, because they lead to false optima.

With its aggregator HiGHS 1.12 to 1.15 calls 154.15 optimal where 13.59 exists, whatever the seed, and proves it;
without that rule, or without presolve, it finds 13.59 (`tests/optimize/engines/test_false_optimum.py`; 1.16 finds it
too, but cannot stand beside ortools in every process). Rules are numbered as in HiGHS (`HPresolve`); six shipped
instances took the same processor time to a gap of 0.1 % without this one.
"""

from __future__ import annotations

AGGREGATOR = 1 << 12
LEFT_OUT = AGGREGATOR
"""Value of the option `presolve_rule_off`."""
