"""Numerical tolerances that several rooms share."""

UNSERVED_SHARE = 1e-9
"""Share of a demand that may go unserved: less than what an engine on the whole program forgives."""
