"""Bound and plan at scale: periods apart, tied by the fleet alone."""
